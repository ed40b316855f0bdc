"""What lies in a dataset's folder and is not read, by kind: nobody is to wonder where masks or pictures are."""

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.dataset.file_kinds import (
    ARCHIVE,
    COCO,
    JSON,
    LIST,
    LOOKED_INTO,
    OTHER_PICTURE,
    PICTURE,
    UNKNOWN,
    VIDEO,
    YOLO,
    is_no_data,
    is_picture,
    kind_of,
)
from core.dataset.folder.folder_tree import FolderTree, join
from core.dataset.folder.layout import is_of_other_task
from core.dataset.folder.own_outputs import is_drawn, is_predicted, is_result
from core.dataset.folder.versions import is_mine, mine
from core.dataset.problems import Problem
from core.plain_text import printable
from core.words import count, tr

_OTHER_TASK = tr("COCO file of another task")
_MINE, _THEIRS = tr("file with a version of yours"), tr("file that somebody else changed")
_CLOSED = tr("file that may not be read")
_CLOSED_FOLDER = tr("folder that may not be read")
_DEEPER = tr("folder too far down")
_MISNAMED = tr("name that is not UTF-8")
_PLURALS = {
    JSON: tr("JSON files that are not COCO"),
    LIST: tr("lists of pictures"),
    OTHER_PICTURE: tr("pictures of a kind that is not read"),
    _OTHER_TASK: tr("COCO files of other tasks"),
    _MINE: tr("files with a version of yours"),
    _THEIRS: tr("files that somebody else changed"),
    _CLOSED: tr("files that may not be read"),
    _CLOSED_FOLDER: tr("folders that may not be read"),
    _DEEPER: tr("folders too far down"),
    _MISNAMED: tr("names that are not UTF-8"),
}
_HINTS = {
    PICTURE: tr("no annotation file names them; to annotate them too, open a folder that holds only them"),
    OTHER_PICTURE: tr("save them as PNG, TIFF or JPEG"),
    ARCHIVE: tr("unpack them if they belong to the dataset"),
    VIDEO: tr("save the frames that matter as pictures"),
    COCO: tr("open them by themselves, or put them beside the files that are read"),
    LIST: tr("the split of an image is said by the name of its annotation file, or of its folder"),
    UNKNOWN: tr("nothing is to be done if they do not belong to the dataset"),
    _OTHER_TASK: tr("nothing is to be done: they hold captions, keypoints and the like"),
    _MINE: tr(
        "it was saved beside a file that somebody else had changed, which is read; choose “Open mine” in the window"
    ),
    _THEIRS: tr(
        "your version, saved beside it as “… (mine)”, is read in its place; choose “Open theirs” in the window"
    ),
    _CLOSED: tr("ask for the right to read them"),
    _CLOSED_FOLDER: tr("ask for the right to look into them"),
    _DEEPER: tr("open a folder further down if they belong to the dataset"),
    _MISNAMED: tr("rename them if they belong to the dataset: no annotation file can name them as they are"),
}
_CONVERT = tr("save the annotations as COCO in the tool that made them, or convert them; other formats are not read")
_EXPORTS = {
    "labelme file": tr("convert them to COCO first, for example with labelme2coco.py of labelme's examples"),
    "VGG Image Annotator file": tr("in the annotator, choose Annotation, Export Annotations (COCO format)"),
    "CVAT file": tr("export the task or project again as “COCO 1.0”"),
    "Label Studio file": tr("export the project again as COCO"),
    "Datumaro file": tr("export the dataset again in the format coco_instances"),
    YOLO: tr("convert them to COCO first; of the pictures, only those that COCO files name are images of a dataset"),
    "COCO results file": tr("these are predictions; images and classes are in the file that they were made for"),
}
_NAMED = 3
"""Files of a kind that are named."""
_MOST_LOOKS = 100
"""Files that are opened to see of what kind they are; the others are taken for what their neighbours are."""
_IN_A_FOLDER = 10


def leftovers(tree: FolderTree, used: Iterable[str]) -> list[Problem]:
    """What lies in the folders of a tree but for the files that are ``used``, a problem for each kind. Documents, what
    programs leave behind, and what Maskwright made itself are passed over."""
    known: defaultdict[str, set[str]] = defaultdict(set)
    used = list(used)
    for path in used:
        folder, _, name = path.rpartition("/")
        known[folder or "."].add(name)
    kinds = _Kinds(tree, used)
    for folder in tree.folders:
        kinds.add(folder, tree.files(folder) - known[folder])
    found = kinds.found | {_DEEPER: tree.deeper, _CLOSED_FOLDER: tree.unlisted, _MISNAMED: sorted(tree.misnamed)}
    return [_problem(tree, kind, paths) for kind, paths in found.items() if paths]


def _problem(tree: FolderTree, kind: str, paths: Sequence[str]) -> Problem:
    what = count(len(paths), kind, _PLURALS.get(kind, ""))
    one = len(paths) == 1
    said = (
        tr("belong{what} to no image", what="s" if one else "")
        if kind == PICTURE
        else tr("{what} not read", what="is" if one else "are")
    )
    names = ", ".join(map(printable, paths[:_NAMED])) + (", …" if len(paths) > _NAMED else "")
    where = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    return Problem(where or tree.root.name, "", f"{what} {said}: {names}", (_HINTS | _EXPORTS).get(kind, _CONVERT))


class _Kinds:
    """Files of a tree by their kind."""

    def __init__(self, tree: FolderTree, used: Iterable[str]) -> None:
        self.found: dict[str, list[str]] = defaultdict(list)
        self._tree = tree
        self._looks = _MOST_LOOKS
        self._usual: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._used = frozenset(used)

    def add(self, folder: str, names: Iterable[str]) -> None:
        """Tell the kinds of some files of a folder."""
        ordered = sorted(names)
        self.found[PICTURE] += self._not_drawn([join(folder, name) for name in ordered if is_picture(name)])
        by_suffix: defaultdict[str, list[str]] = defaultdict(list)
        for name in ordered:
            if not is_picture(name) and not is_no_data(name):
                by_suffix[posixpath.splitext(name)[1].lower()].append(join(folder, name))
        for suffix, paths in by_suffix.items():
            for path, kind in self._told(suffix, paths):
                self.found[kind].append(path)
        self.found.pop("", None)

    def _not_drawn(self, paths: list[str]) -> list[str]:
        """Pictures of a folder but those that Maskwright drew, which are together."""
        if not paths or not is_drawn(self._tree.root / paths[0]):
            return paths
        return [path for path in paths if not is_drawn(self._tree.root / path)]

    def _told(self, suffix: str, paths: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Files of a folder that end in ``suffix``, each with its kind."""
        usual = self._usual[suffix]
        for place, path in enumerate(paths):
            if suffix in LOOKED_INTO and (place >= _IN_A_FOLDER or self._looks <= 0) and usual:
                yield path, usual.most_common(1)[0][0]
                continue
            self._looks -= suffix in LOOKED_INTO
            kind = self._kind(path)
            usual[kind] += 1
            yield path, kind

    def _kind(self, path: str) -> str:
        if is_result(self._tree.root / path):
            return ""
        try:
            kind = kind_of(self._tree.root / path)
        except (OSError, ValueError):
            return _CLOSED
        if kind != COCO:
            return kind
        if is_predicted(self._tree.root / path):
            return ""
        name = posixpath.basename(path)
        if mine(Path(path)).as_posix() in self._used:
            return _THEIRS
        return _MINE if is_mine(name) else _OTHER_TASK if is_of_other_task(name) else COCO
