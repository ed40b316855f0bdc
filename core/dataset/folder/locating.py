"""Where the pictures of a dataset are, and what else lies in its folder."""

from collections.abc import Sequence

from core.dataset.coco.coco_file import CocoFile
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.folder.image_finder import ImageLookup
from core.dataset.folder.layout import relative_to
from core.dataset.model import Image
from core.dataset.problems import Problem, ProblemLog
from core.words import tr

_MISSING = tr("it is kept, but cannot be shown or trained on; put the picture into the dataset's folder")
_OUTSIDE = tr("it is not followed; pictures belong into the dataset's folder")
_SHARED = tr("both are kept; a picture in two splits makes results look better than they are")


def locate(
    tree: FolderTree, files: Sequence[CocoFile], images: Sequence[Sequence[Image]]
) -> tuple[list[str | None], list[Problem]]:
    """Paths of the pictures of all images relative to the root, ``None`` for those that are missing, and what is wrong.

    ``images`` are those of each file. A picture that may only be the one that is meant is not taken if another image
    means it for sure.
    """
    finder, log = ImageLookup(tree), ProblemLog()
    found = [finder.find([image.file_name for image in of], file.path) for file, of in zip(files, images, strict=True)]
    claimed = {match.path for matches, _ in found for match in matches.values() if match.sure}
    paths: list[str | None] = []
    users: dict[str, Image] = {}
    for file, own, (matches, outside) in zip(files, images, found, strict=True):
        name = relative_to(tree.root, file.path)
        for image in own:
            match = matches.get(image.file_name)
            path = match.path if match is not None and (match.sure or match.path not in claimed) else None
            paths.append(path)
            if path is not None:
                other = users.setdefault(path, image)
                if other is not image:
                    message = tr("has the picture of image {id} ({split})", id=other.id, split=other.split)
                    log.add(name, tr("image {id}", id=image.id), message, _SHARED, image.index)
                continue
            leaves = image.file_name in outside
            if leaves:
                message = tr("its path leaves the folder: {file_name}", file_name=image.file_name)
            else:
                message = tr("the picture {file_name} is missing", file_name=image.file_name)
            log.add(name, tr("image {id}", id=image.id), message, _OUTSIDE if leaves else _MISSING, image.index)
    return paths, log.problems()
