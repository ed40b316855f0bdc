"""The lines of a journal: JSON objects, each of one of a few kinds; and what they come to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from core.annotation.editing.edits import (
    CompoundEdit,
    Edit,
    HistoryStep,
    InstanceEdit,
    NotLabelledEdit,
    inverse,
    joined,
)
from core.annotation.editing.model import Annotation
from core.annotation.storage.image_keys import ImageKey
from core.dataset import Category
from core.geometry.segmentation import from_json, to_json
from core.pacing import paced
from core.reading import UNREADABLE

VERSION = 1


class Header(msgspec.Struct, frozen=True, tag_field="line", tag="journal"):
    """The first line: what was opened."""

    version: int
    dataset: str
    files: dict[str, str]
    """Digest of each annotation file by its path relative to the dataset."""
    categories: tuple[Category, ...]
    number: int = 0
    """The files have all edits up to this one, and the journal has those that follow."""


class EditRecord(msgspec.Struct, frozen=True, tag_field="line", tag="edit"):
    """An edit."""

    number: int
    """The ``Draft.revision`` that it made."""
    places: dict[int, ImageKey]
    """Of the images it touches, by the index that the edit uses."""
    edit: Edit
    time: float = 0.0
    """When it was made, in seconds since the epoch, UTC; 0 in journals of earlier versions."""
    step: HistoryStep = "do"
    instances: dict[int, dict[int, msgspec.Raw]] = {}
    """What the files say of instances that come or go, by image and id; see ``unknown_fields``."""
    classes: dict[str, dict[int, msgspec.Raw]] = {}
    """The same of classes, by file, relative to the dataset, and id."""


class Saving(msgspec.Struct, frozen=True, tag_field="line", tag="saving"):
    """All edits up to a number are about to be written; a file with such a digest has them. On the disk before the
    first file is written."""

    number: int
    files: dict[str, str]


class Saved(msgspec.Struct, frozen=True, tag_field="line", tag="saved"):
    """All edits up to a number are in the dataset's files, which have these digests. Not in itself a proof: a disk may
    lose what it was given, and other programs put old files back."""

    number: int
    files: dict[str, str]


class Handed(msgspec.Struct, frozen=True, tag_field="line", tag="handed"):
    """The edits of these files up to a number are in the journal of a later session, which had not all files of this
    one: some were damaged or gone, and their edits wait here."""

    number: int
    files: tuple[str, ...]


class Dismissed(msgspec.Struct, frozen=True, tag_field="line", tag="dismissed"):
    """The person knows that these files are damaged or gone; it is said again only once they were edited again."""

    files: tuple[str, ...]


JournalLine = Header | EditRecord | Saving | Saved | Handed | Dismissed
_decoder = msgspec.json.Decoder(JournalLine, dec_hook=from_json)
_encode = msgspec.json.Encoder(enc_hook=to_json).encode


class Cut(NamedTuple):
    """A place in a journal where all edits before it are in the files."""

    number: int
    """Of the last one."""
    offset: int
    """Where the journal goes on, in bytes."""
    files: dict[str, str]


@dataclass(slots=True)
class UndoHistory:
    """The steps that were made, and how many of them are done: the rest were taken back and can be done again."""

    steps: list[Edit] = field(default_factory=list)
    done: int = 0

    @classmethod
    def of(cls, edits: Iterable[tuple[Edit, HistoryStep]]) -> "UndoHistory":
        """What edits come to. One that takes back, or does again, what is not there is a step of its own."""
        steps: list[Edit] = []
        done = 0
        for edit, step in edits:
            if step == "undo" and done and edit == inverse(steps[done - 1]):
                done -= 1
            elif step == "redo" and done < len(steps) and edit == steps[done]:
                done += 1
            elif step == "part" and 0 < done == len(steps):
                steps[-1] = joined(steps[-1], edit)
            else:
                steps[done:] = [edit]
                done += 1
        return cls(steps, done)


@dataclass(slots=True)
class JournalContents:
    """What a journal holds."""

    header: Header | None = None
    records: list[EditRecord] = field(default_factory=list)
    saved: int = 0
    """All edits up to this number were in the files once."""
    numbers: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    """By file and digest: a file with this content has all edits up to this number."""
    unreadable: int = 0
    """Lines that are no lines of a journal, except for a torn last one."""
    torn: bool = False
    """Whether the last line is not whole."""
    size: int = 0
    """Bytes."""
    cuts: list[Cut] = field(default_factory=list)
    handed: dict[str, int] = field(default_factory=dict)
    """By file: all edits up to this number are in the journal of a later session."""
    dismissed: set[str] = field(default_factory=set)
    """Files that the person knows to be damaged or gone."""

    def add(self, text: bytes) -> None:
        """Add a line; one that is torn was never acknowledged."""
        self.torn, self.size = not text.endswith(b"\n"), self.size + len(text)
        try:
            line = _decoder.decode(text)
        except UNREADABLE:
            self.unreadable += not self.torn
            return
        match line:
            case Header() if line.version == VERSION:
                self.header, self.saved = line, line.number
                self._mark(line)
            case EditRecord():
                self.records.append(line)
                self.dismissed.clear()
            case Saving():
                self._mark(line)
            case Saved():
                self.saved = line.number
                self.cuts.append(Cut(line.number, self.size, line.files))
                self._mark(line)
            case Handed():
                self.handed |= dict.fromkeys(line.files, line.number)
            case Dismissed():
                self.dismissed |= {*line.files}

    def holding(self, records: list[EditRecord], header: Header | None = None) -> "JournalContents":
        """The same with other edits, and perhaps a later beginning."""
        header = header or self.header
        first = header.number if header is not None else 0
        known = defaultdict[str, dict[str, int]](dict)
        for file, numbers in self.numbers.items():
            known[file] = {digest: number for digest, number in numbers.items() if number >= first}
        return JournalContents(header, records, self.saved, known, size=self.size, cuts=self.cuts, handed=self.handed)

    def lines(self) -> Iterator[JournalLine]:
        """A journal that holds the same."""
        if self.header is not None:
            yield self.header
        yield from self.records
        marks = ((number, file, digest) for file, known in self.numbers.items() for digest, number in known.items())
        for number, file, digest in sorted(marks):
            yield Saving(number, {file: digest})
        if self.header is None or self.saved > self.header.number:
            yield Saved(self.saved, {})

    @property
    def last(self) -> int:
        """The number of the last edit."""
        return self.records[-1].number if self.records else self.saved

    def history(self) -> UndoHistory:
        """The steps of undo that the edits come to."""
        return UndoHistory.of((record.edit, record.step) for record in self.records)

    def _mark(self, line: Header | Saving | Saved) -> None:
        for file, digest in line.files.items():
            self.numbers[file][digest] = line.number


def encoded(line: JournalLine) -> bytes:
    return (
        msgspec.json.encode(_fields(line, edit=_in_pieces(line.edit)) if isinstance(line, EditRecord) else line) + b"\n"
    )


def _in_pieces(edit: Edit) -> dict[str, Any]:
    """The fields of an edit with its instances encoded one by one: so many may change at once that encoding them in one
    go would keep all other threads waiting."""
    match edit:
        case CompoundEdit():
            return _fields(edit, edits=[msgspec.Raw(_encode(_in_pieces(part))) for part in paced(edit.edits)])
        case InstanceEdit():
            return _fields(edit, before=_each(edit.before), after=_each(edit.after))
        case NotLabelledEdit():
            return _fields(edit, before=msgspec.Raw(_encode(edit.before)), after=msgspec.Raw(_encode(edit.after)))
        case _:
            return _fields(edit)


def _each(instances: dict[int, Annotation]) -> dict[int, msgspec.Raw]:
    return {id: msgspec.Raw(_encode(annotation)) for id, annotation in paced(instances.items())}


def _fields(struct: msgspec.Struct, **others: Any) -> dict[str, Any]:
    """What ``struct`` is encoded as, some fields given otherwise."""
    config = struct.__struct_config__
    assert config.tag_field is not None
    return {config.tag_field: config.tag} | msgspec.structs.asdict(struct) | others
