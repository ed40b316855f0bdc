"""The file in which a dataset keeps how its pictures are read, ``maskwright-channels.json`` in its folder."""

from pathlib import Path

import msgspec

from core.channel_settings import ChannelSettings
from core.errors import refused
from core.files import write_atomically
from core.reading import read_json
from core.words import tr

FILE = "maskwright-channels.json"
_WAY_OUT = tr("take the file away, and pictures are read as their files hold them")


def read(root: Path) -> ChannelSettings | None:
    """How pictures of the dataset in a folder are read, if a person chose that. Raises ``UserError`` where the file
    cannot be read or holds something else."""
    path = root / FILE
    if not path.exists():
        return None
    return read_json(path, ChannelSettings, tr("{path} holds no channels: {reason}"), _WAY_OUT)


def write(root: Path, settings: ChannelSettings | None) -> None:
    """Keep these settings in a dataset's folder, or ``None`` there. Raises ``UserError`` where that is not possible."""
    path = root / FILE
    try:
        if settings is None:
            path.unlink(missing_ok=True)
        else:
            write_atomically(path, msgspec.json.format(msgspec.json.encode(settings), indent=1))
    except OSError as error:
        hint = tr("they are kept in the dataset’s folder: copy it to where you may write")
        raise refused(error, path, "written", hint) from error
