"""The file in which a dataset keeps how its pictures are read, ``maskwright-channels.json`` in its folder."""

from pathlib import Path

from core.channel_settings import ChannelSettings
from core.dataset import kept_file
from core.words import tr

FILE = "maskwright-channels.json"
_WAY_OUT = tr("take the file away, and pictures are read as their files hold them")


def read(root: Path) -> ChannelSettings | None:
    """How pictures of the dataset in a folder are read, if a person chose that. Raises ``UserError`` where the file
    cannot be read or holds something else."""
    return kept_file.read(root / FILE, ChannelSettings, tr("{path} holds no channels: {reason}"), _WAY_OUT)


def write(root: Path, settings: ChannelSettings | None) -> None:
    """Keep these settings in a dataset's folder, or ``None`` there. Raises ``UserError`` where that is not possible,
    and where what is there cannot be read: it may be worth something."""
    read(root)
    kept_file.write(root / FILE, settings)
