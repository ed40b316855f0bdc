"""What lies in a dataset's folder and is not read, by kind: nobody is to wonder where masks or pictures are."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.dataset import file_kinds
from core.dataset.file_kinds import LOOKED_INTO, FileKind, is_no_data, is_picture, kind_of
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.layout import is_of_other_task
from core.dataset.folder.own_outputs import is_drawn, is_predicted, is_result
from core.dataset.folder.versions import is_mine, mine
from core.dataset.problems import Problem
from core.plain_text import printable
from core.words import tr, tr_n


@dataclass(frozen=True, slots=True, eq=False)
class _Leftover:
    """What is said of some files that are not read."""

    sentence: Callable[[int, str], str]
    """Takes their number, and the names of some of them."""
    hint: str


_PICTURE = _Leftover(
    lambda n, names: tr_n(
        "{n} picture belongs to no image: {names}", "{n} pictures belong to no image: {names}", n, names=names
    ),
    tr("no annotation file names them; to annotate them too, open a folder that holds only them"),
)
_OTHER_PICTURE = _Leftover(
    lambda n, names: tr_n(
        "{n} picture is of a kind that is not read: {names}",
        "{n} pictures are of a kind that is not read: {names}",
        n,
        names=names,
    ),
    tr("save them as PNG, TIFF or JPEG"),
)
_OTHER_TASK = _Leftover(
    lambda n, names: tr_n(
        "{n} COCO file of another task is not read: {names}",
        "{n} COCO files of other tasks are not read: {names}",
        n,
        names=names,
    ),
    tr("nothing is to be done: they hold captions, keypoints and the like"),
)
_MINE = _Leftover(
    lambda n, names: tr_n(
        "{n} file with a version of yours is not read: {names}",
        "{n} files with a version of yours are not read: {names}",
        n,
        names=names,
    ),
    tr("it was saved beside a file that somebody else had changed, which is read; choose “Open mine” in the window"),
)
_THEIRS = _Leftover(
    lambda n, names: tr_n(
        "{n} file that somebody else changed is not read: {names}",
        "{n} files that somebody else changed are not read: {names}",
        n,
        names=names,
    ),
    tr("your version, saved beside it as “… (mine)”, is read in its place; choose “Open theirs” in the window"),
)
_CLOSED = _Leftover(
    lambda n, names: tr_n("{n} file may not be read: {names}", "{n} files may not be read: {names}", n, names=names),
    tr("ask for the right to read them"),
)
_CLOSED_FOLDER = _Leftover(
    lambda n, names: tr_n(
        "{n} folder may not be read: {names}", "{n} folders may not be read: {names}", n, names=names
    ),
    tr("ask for the right to look into them"),
)
_DEEPER = _Leftover(
    lambda n, names: tr_n(
        "{n} folder too far down is not read: {names}", "{n} folders too far down are not read: {names}", n, names=names
    ),
    tr("open a folder further down if they belong to the dataset"),
)
_MISNAMED = _Leftover(
    lambda n, names: tr_n(
        "{n} name that is not UTF-8 is not read: {names}",
        "{n} names that are not UTF-8 are not read: {names}",
        n,
        names=names,
    ),
    tr("rename them if they belong to the dataset: no annotation file can name them as they are"),
)
_CONVERT = tr("save the annotations as COCO in the tool that made them: this format is not read")
_HINTS = {
    file_kinds.ARCHIVE: tr("unpack them if they belong to the dataset"),
    file_kinds.ARRAYS: tr("such a file may hold a program: save masks as PNG or TIFF, as Cellpose and StarDist can"),
    file_kinds.VIDEO: tr("drop a video by itself on the Home page: its frames become a dataset"),
    file_kinds.COCO: tr("open them by themselves, or put them beside the files that are read"),
    file_kinds.LIST: tr("the split of an image is said by the name of its annotation file, or of its folder"),
    file_kinds.UNKNOWN: tr("nothing is to be done if they do not belong to the dataset"),
    **dict.fromkeys(
        (
            file_kinds.LABELME,
            file_kinds.VIA,
            file_kinds.CVAT,
            file_kinds.LABEL_STUDIO,
            file_kinds.DATUMARO,
            file_kinds.PASCAL_VOC,
            file_kinds.SUPERVISELY,
            file_kinds.IMAGEJ,
            file_kinds.YOLO,
        ),
        tr("to convert them, type maskwright convert; the window converts a folder of only them and their pictures"),
    ),
    file_kinds.COCO_RESULTS: tr("these are predictions; images and classes are in the file that they were made for"),
}


@cache
def _of_kind(kind: FileKind) -> _Leftover:
    return _Leftover(
        lambda n, names: tr_n(
            "{files} is not read: {names}", "{files} are not read: {names}", n, files=kind.counted(n), names=names
        ),
        _HINTS.get(kind, _CONVERT),
    )


_NAMED = 3
"""Files of a kind that are named."""
_MOST_LOOKS = 100
"""Files that are opened to see of what kind they are; the others are taken for what their neighbours are."""
_IN_A_FOLDER = 10


def leftovers(tree: FolderTree, used: Iterable[str]) -> list[Problem]:
    """What lies in the folders of a tree but for the files that are ``used``, a problem for each kind. Documents, what
    programs leave behind, and what Maskwright made itself are passed over."""
    used = frozenset(used)
    kinds = _Kinds(tree, used)
    for folder in tree.folders:
        before = "" if folder == "." else f"{folder}/"
        kinds.add(folder, [name for name in tree.files(folder) if before + name not in used])
    found = kinds.found | {_DEEPER: tree.deeper, _CLOSED_FOLDER: tree.unlisted, _MISNAMED: sorted(tree.misnamed)}
    problems = []
    for leftover, paths in found.items():
        if paths:
            names = ", ".join(map(printable, paths[:_NAMED])) + (", …" if len(paths) > _NAMED else "")
            where = posixpath.commonpath([posixpath.dirname(path) for path in paths])
            message = leftover.sentence(len(paths), names)
            problems.append(Problem(where or tree.root.name, "", message, leftover.hint))
    return problems


class _Kinds:
    """Files of a tree by what is said of them."""

    def __init__(self, tree: FolderTree, used: frozenset[str]) -> None:
        self.found: dict[_Leftover, list[str]] = defaultdict(list)
        self._tree = tree
        self._looks = _MOST_LOOKS
        self._usual: defaultdict[str, Counter[_Leftover | None]] = defaultdict(Counter)
        self._used = used

    def add(self, folder: str, names: Iterable[str]) -> None:
        """Find out the kinds of some files of a folder."""
        ordered = sorted(names)
        pictures = [join(folder, name) for name in ordered if is_picture(name)]
        if pictures and is_drawn(self._tree.root / pictures[0]):  # those that Maskwright drew are together
            pictures = [path for path in pictures if not is_drawn(self._tree.root / path)]
        self.found[_PICTURE] += pictures
        by_suffix: defaultdict[str, list[str]] = defaultdict(list)
        for name in ordered:
            if not is_picture(name) and not is_no_data(name):
                by_suffix[posixpath.splitext(name)[1].lower()].append(join(folder, name))
        for suffix, paths in by_suffix.items():
            for path, leftover in self._sorted(suffix, paths):
                if leftover is not None:
                    self.found[leftover].append(path)

    def _sorted(self, suffix: str, paths: Sequence[str]) -> Iterator[tuple[str, _Leftover | None]]:
        """Files of a folder that end in ``suffix``, each with what it is, ``None`` for what is passed over."""
        usual = self._usual[suffix]
        for place, path in enumerate(paths):
            if suffix in LOOKED_INTO and (place >= _IN_A_FOLDER or self._looks <= 0) and usual:
                yield path, usual.most_common(1)[0][0]
                continue
            self._looks -= suffix in LOOKED_INTO
            leftover = self._look(path)
            usual[leftover] += 1
            yield path, leftover

    def _look(self, path: str) -> _Leftover | None:
        if is_result(self._tree.root / path):
            return None
        try:
            kind = kind_of(self._tree.root / path)
        except (OSError, ValueError):
            return _CLOSED
        if kind is None or (kind is file_kinds.COCO and is_predicted(self._tree.root / path)):
            return None
        if kind is file_kinds.OTHER_PICTURE:
            return _OTHER_PICTURE
        if kind is file_kinds.COCO:
            if mine(Path(path)).as_posix() in self._used:
                return _THEIRS
            name = posixpath.basename(path)
            if is_mine(name):
                return _MINE
            if is_of_other_task(name):
                return _OTHER_TASK
        return _of_kind(kind)
