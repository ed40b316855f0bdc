"""Which files of a folder are SAM's encoder and decoder."""

from pathlib import Path
from typing import Any, TypeVar

from core.annotation.assist.sam import ports
from core.annotation.assist.sam.ports import Decoder, Encoder
from core.errors import UserError
from core.words import tr

Network = TypeVar("Network", Encoder, Decoder)

_SUFFIXES = (".onnx", ".xml")
_MOST = 8
"""Files that are read to find the two."""


def models(folder: Path) -> list[Path]:
    """The ONNX and IR files in a folder; none where there is no folder."""
    found = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() in _SUFFIXES and path.is_file())


def read_pair(core: Any, place: Path | tuple[Path, Path]) -> tuple[Encoder, Decoder]:
    """The encoder and the decoder in a folder, whatever their names, or in two files in any order.

    Raises ``UserError`` when one is missing, there are several, a file cannot be read, or the two do not fit.
    """
    paths = list(place) if isinstance(place, tuple) else models(place)
    name = " and ".join(path.name for path in paths) if isinstance(place, tuple) else str(place)
    if len(paths) > _MOST:
        raise UserError(
            tr("{place} holds {paths} models", place=place, paths=len(paths)),
            tr("keep one SAM encoder and one decoder in a folder of their own"),
        )
    read = [ports.read(core, path) for path in paths]
    encoder = _only([item for item in read if isinstance(item, Encoder)], "encoder", name)
    decoder = _only([item for item in read if isinstance(item, Decoder)], "decoder", name)
    return ports.paired(encoder, decoder), decoder


def _only(found: list[Network], kind: str, name: str) -> Network:
    if not found:
        raise UserError(
            tr("there is no SAM {kind} in {name}", kind=kind, name=name),
            tr("put the {kind} there too: an ONNX or OpenVINO IR file", kind=kind),
        )
    if len(found) > 1:
        names = ", ".join(item.path.name for item in found)
        raise UserError(
            tr("“{name}” holds several SAM {kind}s: {names}", name=name, kind=kind, names=names),
            tr("keep one of them, or choose two files"),
        )
    return found[0]
