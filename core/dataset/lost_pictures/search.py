"""Looking for missing pictures in a folder.

A picture is taken for the one that an annotation file means, surest first, if it has the hash that the file states for
it; the name, and the size that the file states; or that size and a name that is alike, and nothing else fits as well.
A picture of another size than stated is never taken: the masks would not lie on it.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import msgspec

from core.dataset.coco.entries import image_places
from core.dataset.dataset import Dataset
from core.dataset.file_kinds import is_picture
from core.dataset.folder.folder_tree import FolderTree, fold, join
from core.dataset.lost_pictures.names import base_name, likeness, number_ends
from core.dataset.model import Image
from core.errors import UserError
from core.geometry.masks import Size
from core.reading import UNREADABLE
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle
from core.runs.events import Progress, Stage
from core.words import tr

How = Literal["content", "name", "likeness"]
"""By what a picture was found."""

_HASHES = {32: "md5", 40: "sha1", 64: "sha256"}
"""By the number of hexadecimal digits."""
_HASH_FIELDS = ("md5", "sha1", "sha256", "sha", "hash", "checksum", "md5_hash")
_SLACK = 2
"""Pixels by which a picture may miss its stated size, as when it is read."""
_ALIKE = 0.75
"""Likeness of two names from which on they may mean one picture."""
_AHEAD = 0.1
"""By how much the best must be more like it than the next."""
_MOST = 1000
"""Pictures with which the name of one is compared: among more, nothing is sure."""
_SHOWN = 8
"""Candidates that are named where several fit."""


class FoundPicture(msgspec.Struct, frozen=True):
    """Where the picture of an image was found."""

    image: int
    """``Image.index``."""
    path: str
    how: How


class Doubt(msgspec.Struct, frozen=True):
    """An image of which several pictures may be the one, or one of another size."""

    image: int
    paths: tuple[str, ...]
    """That fit equally well; empty where none has the size."""
    reason: str
    """In words."""


class Findings(msgspec.Struct, frozen=True):
    """What a search found; ``found.json`` in the folder of the job."""

    found: list[FoundPicture]
    doubts: list[Doubt]
    missing: list[int]
    """``Image.index`` of all that were looked for."""
    names: dict[str, str]
    """What the images are called, by ``Image.index``."""


def search(dataset: Dataset, folder: Path, report: Report, check: Check) -> Findings:
    """Look in ``folder``, and below it as deep as in a dataset, for the pictures that ``dataset`` lacks."""
    missing = [image for image in dataset.images if not dataset.has_picture(image)]
    used = {dataset.image_path(image).resolve() for image in dataset.images if dataset.has_picture(image)}
    report(Stage(name=tr("Listing the folder")))
    lookup = _Lookup(_pictures(folder, used, check), report, check)
    hashes = _stated_hashes(dataset, missing)
    found: dict[int, FoundPicture] = {}
    doubts: dict[int, Doubt] = {}
    report(Stage(name=tr("Looking for names")))
    for image in lookup.progress(missing):
        by_name = lookup.called(image.file_name)
        if hashes.get(image.index):
            by_name = [path for path in by_name if lookup.hash(path, hashes[image.index]) == hashes[image.index]]
        fitting = [path for path in by_name if fits(lookup.size(path), image)]
        best = lookup.one_of(_nearest(image.file_name, fitting))
        if best is not None:
            found[image.index] = FoundPicture(image.index, str(best), "content" if hashes.get(image.index) else "name")
        elif fitting:
            paths = tuple(map(str, fitting[:_SHOWN]))
            doubts[image.index] = Doubt(image.index, paths, tr("several have this name and size"))
        elif by_name:
            doubts[image.index] = Doubt(image.index, (), tr("{path} has another size", path=by_name[0]))
    rest = [image for image in missing if image.index not in found]
    _find_by_content(rest, hashes, lookup, found)
    rest = [image for image in rest if image.index not in found and not hashes.get(image.index)]
    _find_by_likeness(rest, lookup, found, doubts)
    left = [doubt for doubt in doubts.values() if doubt.image not in found]
    names = {str(image.index): image.file_name for image in missing}
    return Findings([*found.values()], left, [image.index for image in missing], names)


def fits(size: tuple[Size, Size] | None, image: Image) -> bool:
    """Whether a picture, of this size as it is stored and upright, has that of an image."""
    stated = image.height, image.width
    return size is not None and any(
        all(abs(one - other) <= _SLACK for one, other in zip(own, stated, strict=True)) for own in size
    )


class _Lookup:
    """The pictures of a folder by name, size and content; a file is looked into when somebody asks, once."""

    def __init__(self, pictures: Sequence[Path], report: Report, check: Check) -> None:
        self.pictures = pictures
        self.report, self._check = report, check
        self._named: defaultdict[str, list[Path]] = defaultdict(list)
        for path in pictures:
            self._named[fold(path.name)].append(path)
        self._sizes: dict[Path, tuple[Size, Size] | None] = {}
        self._hashes: dict[tuple[Path, str], str] = {}

    def progress(self, items: Sequence[Any]) -> Iterable[Any]:
        """The items, with reports of how far it is."""
        throttle = Throttle(PROGRESS_EVERY)
        for done, item in enumerate(items, 1):
            self._check()
            yield item
            if throttle.due() or done == len(items):
                self.report(Progress(done=done, total=len(items), unit=tr("pictures")))

    def called(self, name: str) -> list[Path]:
        """Those with the file name at the end of ``name``."""
        return self._named.get(fold(base_name(name)), [])

    def size(self, path: Path) -> tuple[Size, Size] | None:
        """As it is stored, and upright; ``None`` where it cannot be read."""
        from core.images.decoding import both_sizes

        if path not in self._sizes:
            try:
                self._sizes[path] = both_sizes(path)
            except UserError:
                self._sizes[path] = None
        return self._sizes[path]

    def hash(self, path: Path, like: str) -> str:
        """Of the content, of the kind of which ``like`` is one; empty where the file cannot be read."""
        kind = _HASHES[len(like)]
        if (path, kind) not in self._hashes:
            self._check()
            try:
                with path.open("rb") as file:
                    self._hashes[path, kind] = hashlib.file_digest(file, kind).hexdigest()
            except OSError:
                self._hashes[path, kind] = ""
        return self._hashes[path, kind]

    def one_of(self, paths: Sequence[Path]) -> Path | None:
        """The only one, or the first where all have the same content."""
        if len(paths) < 2:
            return paths[0] if paths else None
        if len({path.stat().st_size for path in paths if path.exists()}) > 1:
            return None
        alike = {self.hash(path, "0" * 32) for path in paths}
        return paths[0] if len(alike) == 1 and "" not in alike else None


def _find_by_content(
    images: Sequence[Image], hashes: dict[int, str], lookup: _Lookup, found: dict[int, FoundPicture]
) -> None:
    """Those for which the file states a hash, whatever the picture is called."""
    wanted: defaultdict[str, list[Image]] = defaultdict(list)
    for image in images:
        if hash := hashes.get(image.index):
            wanted[hash].append(image)
    if wanted:
        lookup.report(Stage(name=tr("Comparing contents")))
    kinds = {len(hash): hash for hash in wanted}.values()
    sizes = {(image.height, image.width): image for some in wanted.values() for image in some}.values()
    for path in lookup.progress(lookup.pictures if wanted else ()):
        size = lookup.size(path)
        if any(fits(size, image) for image in sizes):
            for image in (image for like in kinds for image in wanted.get(lookup.hash(path, like), ())):
                if fits(size, image):
                    found[image.index] = FoundPicture(image.index, str(path), "content")


def _find_by_likeness(
    images: Sequence[Image], lookup: _Lookup, found: dict[int, FoundPicture], doubts: dict[int, Doubt]
) -> None:
    """Those of which one picture has the size and a name that is more like theirs than all others."""
    if not images:
        return
    lookup.report(Stage(name=tr("Comparing sizes and names")))
    taken = {each.path for each in found.values()}
    groups: defaultdict[tuple[Size, str], list[Path]] = defaultdict(list)
    for path in lookup.progress(lookup.pictures):
        if str(path) not in taken:
            for size in set(lookup.size(path) or ()):
                for number in number_ends(path.name):
                    groups[size, number].append(path)
    best: dict[int, list[tuple[float, Path]]] = {}
    for image in lookup.progress(images):
        size = image.height, image.width
        near = {path for number in number_ends(image.file_name) for path in groups.get((size, number), ())}
        if len(near) > _MOST:
            continue
        scores = sorted(((likeness(image.file_name, path.name), path) for path in near), reverse=True)
        best[image.index] = [(score, path) for score, path in scores[:_SHOWN] if score >= _ALIKE]
    wanting: defaultdict[Path, list[float]] = defaultdict(list)
    for scored in best.values():
        for score, path in scored:
            wanting[path].append(score)
    for index, scored in best.items():
        if not scored:
            continue
        score, path = scored[0]
        rivals = [*(other for other, _ in scored[1:]), *sorted(wanting[path], reverse=True)[1:]]
        if score == max(wanting[path]) and all(other <= score - _AHEAD for other in rivals):
            found[index] = FoundPicture(index, str(path), "likeness")
        else:
            paths = tuple(str(path) for _, path in scored)
            doubts.setdefault(index, Doubt(index, paths, tr("several have a name that is alike, and the size")))


def _nearest(name: str, paths: Sequence[Path]) -> list[Path]:
    """Those whose folders end most like those of ``name``."""
    wanted = [fold(part) for part in name.replace("\\", "/").split("/")][::-1]

    def shared(path: Path) -> int:
        parts = [fold(part) for part in path.parts][::-1]
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(wanted, parts, strict=False)))

    most = max(map(shared, paths), default=0)
    return [path for path in paths if shared(path) == most]


def _pictures(folder: Path, used: set[Path], check: Check) -> list[Path]:
    """The pictures of a folder that the dataset does not use."""
    tree, found = FolderTree(folder), []
    for place in tree.folders:
        check()
        paths = (tree.root / join(place, name) for name in sorted(tree.files(place)) if is_picture(name))
        found += [path for path in paths if path.resolve() not in used]
    return found


def _stated_hashes(dataset: Dataset, images: Sequence[Image]) -> dict[int, str]:
    """What the files state as the hashes of pictures, by ``Image.index``; of the kinds that are known."""
    stated: dict[int, str] = {}
    for number, file in enumerate(dataset.files):
        own = [image for image in images if dataset.file_number(image) == number]
        places = image_places(file.images) if own else {}
        for image in own:
            try:
                fields = msgspec.json.decode(file.images[places[image.id]], type=dict[str, Any])
            except (*UNREADABLE, KeyError):
                continue
            values = (str(fields.get(field, "")).lower().rpartition(":")[2] for field in _HASH_FIELDS)
            hash = next((value for value in values if len(value) in _HASHES), "")
            if re.fullmatch("[0-9a-f]+", hash):
                stated[image.index] = hash
    return stated
