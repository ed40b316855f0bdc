"""How large the pixels of many images are, as one edit."""

from collections.abc import Collection

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import CompoundEdit, Edit, PixelSizeEdit
from core.images.pixel_size import PixelSize
from core.pacing import paced


def rescaled(
    name: str, draft: Draft, images: Collection[int], size: PixelSize | None, same: PixelSize | None = None
) -> Edit | None:
    """An edit called ``name`` after which the entries of images, by ``Image.index``, say this ``size``; ``None``: only
    their files do. With ``same``, of those only that have it now. ``None`` where nothing changes."""
    changes = []
    for image in paced(images):
        before = draft.pixel_size(image)
        if before != size and same in (None, before):
            changes.append(PixelSizeEdit(name=name, image=image, before=before, after=size))
    return changes[0] if len(changes) == 1 else CompoundEdit(name=name, edits=tuple(changes)) if changes else None
