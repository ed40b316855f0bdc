"""The lines of a journal: JSON objects, each of one of a few kinds."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from core.annotation.edits import Change, Edit, Together
from core.annotation.model import Annotation
from core.dataset import Category
from core.dataset.entries import UNREADABLE
from core.pacing import paced

VERSION = 1

Place = tuple[str, int, str]
"""An image: its annotation file relative to the dataset, its id there, its file name."""


class Header(msgspec.Struct, frozen=True, tag_field="line", tag="journal"):
    """The first line: what was opened."""

    version: int
    dataset: str
    files: dict[str, str]
    """Digest of each annotation file by its path relative to the dataset."""
    categories: tuple[Category, ...]


class Kept(msgspec.Struct, frozen=True, tag_field="line", tag="edit"):
    """An edit."""

    number: int
    """The ``Draft.revision`` that it made."""
    places: dict[int, Place]
    """Of the images it touches, by the index that the edit uses."""
    edit: Edit
    time: float = 0.0
    """When it was made, in seconds since the epoch, UTC; 0 in journals of earlier versions."""


class Saving(msgspec.Struct, frozen=True, tag_field="line", tag="saving"):
    """All edits up to a number are about to be written; a file with such a digest has them."""

    number: int
    files: dict[str, str]


class Saved(msgspec.Struct, frozen=True, tag_field="line", tag="saved"):
    """All edits up to a number are in the dataset's files."""

    number: int
    files: dict[str, str]


Line = Header | Kept | Saving | Saved
_decoder = msgspec.json.Decoder(Line)


@dataclass(slots=True)
class Left:
    """What a journal holds."""

    header: Header | None = None
    kept: list[Kept] = field(default_factory=list)
    saving: Saving | None = None
    saved: Saved | None = None
    unreadable: int = 0
    """Lines that are no lines of a journal, except for a torn last one."""

    def take(self, text: bytes) -> None:
        """Add a line; one that is torn was never acknowledged."""
        try:
            line = _decoder.decode(text)
        except UNREADABLE:
            self.unreadable += text.endswith(b"\n")
            return
        match line:
            case Header() if line.version == VERSION:
                self.header = line
            case Kept():
                self.kept.append(line)
            case Saving():
                self.saving = line
            case Saved():
                self.saved = line


def encoded(line: Line) -> bytes:
    return msgspec.json.encode(_fields(line, edit=_in_pieces(line.edit)) if isinstance(line, Kept) else line) + b"\n"


def _in_pieces(edit: Edit) -> dict[str, Any]:
    """The fields of an edit with its instances encoded one by one: so many may change at once that encoding them in one
    go would keep all other threads waiting."""
    match edit:
        case Together():
            return _fields(edit, edits=[_in_pieces(part) for part in edit.edits])
        case Change():
            return _fields(edit, before=_each(edit.before), after=_each(edit.after))
        case _:
            return _fields(edit)


def _each(instances: dict[int, Annotation]) -> dict[int, msgspec.Raw]:
    return {id: msgspec.Raw(msgspec.json.encode(annotation)) for id, annotation in paced(instances.items())}


def _fields(struct: msgspec.Struct, **others: Any) -> dict[str, Any]:
    """What ``struct`` is encoded as, some fields given otherwise."""
    config = struct.__struct_config__
    assert config.tag_field is not None
    return {config.tag_field: config.tag} | msgspec.structs.asdict(struct) | others
