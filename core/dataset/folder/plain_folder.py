"""A folder of pictures that nobody has annotated: a dataset whose COCO file is yet to be written.

That file says that it lists all pictures of its folder, so that those that are added later are found when it is opened
again; or that it lists those that a person chose, which more may join.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from core.dataset.coco.coco_file import ABSENT, CocoFile
from core.dataset.coco.entries import read_images, silent
from core.dataset.coco.unique_ids import free_after
from core.dataset.file_kinds import is_picture
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.layout import WANTED
from core.dataset.folder.leftovers import leftovers
from core.dataset.folder.own_outputs import is_drawn
from core.dataset.lenient_json import integer
from core.errors import UserError
from core.geometry.masks import Size
from core.plain_text import is_utf_8, natural_key, printable
from core.reading import decoded
from core.words import tr

FILE = Path("annotations") / "instances_default.json"
"""Where the annotations will be, relative to the folder; the name that CVAT and Datumaro use too."""

_LISTS, _CHOSEN = "all pictures of its folder", "chosen pictures of its folder"
"""What our files say that they list, in their field ``info.lists``."""

_NOT_PICTURES = re.compile(r"(?<![a-z])(masks?|labels?|annotations?|depth|thumb\w*|segment\w*)(?![a-z])", re.IGNORECASE)
_THREADS = 4
"""A folder on a network answers slowly, but it answers several at once."""
_AT_ONCE = 50


def plain_folder(tree: FolderTree, chosen: Sequence[str] = ()) -> CocoFile:
    """The file that a folder would have: every picture in it, in depth, or those that are ``chosen``, as an image to
    do, and nothing else; what Maskwright drew is none.

    Sizes come from the headers: a second or two for ten thousand pictures. A picture that cannot be read is an image
    without a size, which is reported when the entries are read. Raises ``UserError`` when there is no picture.
    """
    entries = _entries(tree.root, sorted(chosen, key=natural_key) or _pictures(tree), 1)
    if not entries and tree.misnamed:
        first = printable(min(tree.misnamed))
        raise UserError(
            tr("no picture in {folder} has a name in UTF-8; the first is {name}", folder=tree.root, name=first),
            tr("rename them"),
        )
    if not entries:
        raise _nothing(tree)
    info = Raw(
        msgspec.json.encode({"description": "annotated with Maskwright", "lists": _CHOSEN if chosen else _LISTS})
    )
    data = msgspec.json.encode({"info": info, "images": entries, "annotations": [], "categories": []})
    return CocoFile(tree.root / FILE, data, entries, [], [], stored=ABSENT, info=bytes(info))


def _nothing(tree: FolderTree) -> UserError:
    """That a folder holds neither annotations nor pictures, and what it holds instead."""
    if _pictures(tree):
        return UserError(
            tr(
                "there is no COCO annotation file in {folder}, and no picture but those that Maskwright drew",
                folder=tree.root,
            ),
            tr("open the folder of the pictures they were drawn of"),
        )
    if found := leftovers(tree, ()):
        return UserError(
            tr(
                "there is no COCO annotation file in {folder}, and no picture; {found}",
                folder=tree.root,
                found=found[0].message,
            ),
            found[0].hint,
        )
    return UserError(tr("there is no COCO annotation file in {folder}, and no picture", folder=tree.root), WANTED)


def lists_folder(file: CocoFile) -> bool:
    """Whether a file is one of ours: it says that it lists all pictures of its folder, or some."""
    return _lists(file) in (_LISTS, _CHOSEN)


def _lists(file: CocoFile) -> str:
    """What a file says that it lists."""
    info = decoded(file.info, dict[str, Any]) or {}
    return str(info.get("lists", ""))


def without_claim(header: dict[str, Raw]) -> dict[str, Raw]:
    """What a file holds beside its lists, for one in another folder: it does not say any more that it lists all."""
    info = decoded(header.get("info", b""), dict[str, Raw]) or {}
    if "lists" not in info:
        return header
    return header | {"info": Raw(msgspec.json.encode({key: value for key, value in info.items() if key != "lists"}))}


def with_new_pictures(file: CocoFile, tree: FolderTree, chosen: Sequence[str] = ()) -> CocoFile:
    """The file with the pictures that were added to its folder since, if it says that it lists all; with those that are
    ``chosen``, if it says that it lists such."""
    lists = _lists(file)
    if lists not in (_LISTS, _CHOSEN):
        return file
    known = [entry for entry in read_images(file.images, silent) if entry is not None]
    names = {entry.file_name for entry in known}
    added = [name for name in (_pictures(tree) if lists == _LISTS else chosen) if name not in names]
    if not added:
        return file
    named = file.read_references(silent).images.tolist()  # what was left of an image is not another's
    ids = map(integer, [*(entry.id for entry in known), *named])
    entries = _entries(tree.root, added, free_after(id for id in ids if id is not None))
    return replace(file, images=[*file.images, *entries]) if entries else file


def _entries(root: Path, names: Sequence[str], first: int) -> list[Raw]:
    """Images to do; ids count from ``first``."""
    names = list(filter(is_utf_8, names))  # chosen ones may be called as they like
    parts = [names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE)]
    with ThreadPoolExecutor(_THREADS) as threads:
        sized = [each for some in threads.map(lambda part: _sized(root, part), parts) for each in some]
    return [
        Raw(msgspec.json.encode({"id": id, "file_name": name, "width": width, "height": height, "review": "to do"}))
        for id, (name, (height, width)) in enumerate(sized, first)
    ]


def _pictures(tree: FolderTree) -> list[str]:
    """Paths of all pictures relative to the root, in the order in which people count; those in folders that are called
    masks or the like only where there are no others."""
    names = [
        name if folder == "." else f"{folder}/{name}"
        for folder in tree.folders
        for name in filter(is_picture, tree.files(folder))
    ]
    likely = [name for name in names if not _NOT_PICTURES.search(name.rpartition("/")[0])]
    return sorted(likely or names, key=lambda name: (name.count("/"), natural_key(name)))


def _sized(root: Path, names: Iterable[str]) -> list[tuple[str, Size]]:
    """The pictures with height and width, 0 where there is none to be had, without those that Maskwright drew."""
    from core.images.decoding import picture_size  # Pillow, which not everybody who opens a dataset needs

    sized = []
    for name in names:
        if is_drawn(root / name):
            continue
        try:
            sized.append((name, picture_size(root / name)))
        except UserError:
            sized.append((name, (0, 0)))
    return sized
