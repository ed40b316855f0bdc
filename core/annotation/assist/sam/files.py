"""Which files of a folder are SAM's encoder and decoder."""

from pathlib import Path
from typing import Any

from core.annotation.assist.sam import ports
from core.annotation.assist.sam.ports import Decoder, Encoder
from core.errors import UserError
from core.words import tr

_SUFFIXES = (".onnx", ".xml")
_MOST = 8
"""Files that are read to find the two."""
_ONE = tr("keep one of them, or choose two files")


def models(folder: Path) -> list[Path]:
    """The ONNX and IR files in a folder; none where there is no folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() in _SUFFIXES and path.is_file())


def read_pair(core: Any, place: Path | tuple[Path, Path]) -> tuple[Encoder, Decoder]:
    """The encoder and the decoder in a folder, whatever their names, or in two files in any order.

    Raises ``UserError`` when one is missing, there are several, a file cannot be read, or the two do not fit.
    """
    paths = list(place) if isinstance(place, tuple) else models(place)
    if isinstance(place, tuple):
        name = tr("{file} and {other_file}", file=paths[0].name, other_file=paths[1].name)
    else:
        name = str(place)
    if len(paths) > _MOST:
        raise UserError(
            tr("{folder} holds {number} models", folder=place, number=len(paths)),
            tr("keep one SAM encoder and one decoder in a folder of their own"),
        )
    read = [ports.read(core, path) for path in paths]
    encoders = [item for item in read if isinstance(item, Encoder)]
    decoders = [item for item in read if isinstance(item, Decoder)]
    if not encoders:
        raise UserError(
            tr("there is no SAM encoder in {name}", name=name),
            tr("put the encoder there too: an ONNX or OpenVINO IR file"),
        )
    if len(encoders) > 1:
        names = ", ".join(item.path.name for item in encoders)
        raise UserError(tr("“{name}” holds several SAM encoders: {names}", name=name, names=names), _ONE)
    if not decoders:
        raise UserError(
            tr("there is no SAM decoder in {name}", name=name),
            tr("put the decoder there too: an ONNX or OpenVINO IR file"),
        )
    if len(decoders) > 1:
        names = ", ".join(item.path.name for item in decoders)
        raise UserError(tr("“{name}” holds several SAM decoders: {names}", name=name, names=names), _ONE)
    return ports.paired(encoders[0], decoders[0]), decoders[0]
