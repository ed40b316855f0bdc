"""What a person says of images on the Dataset page: in which split they are, how large their pixels are."""

from typing import TYPE_CHECKING

from app.document.editing import AT_ONCE
from app.widgets.states import error_texts
from core.annotation.editing.edits import Edit, PixelSizeEdit, images, parts
from core.annotation.editing.scale import rescaled
from core.errors import UserError
from core.images.pixel_size import PixelSize
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.pages.dataset.page import DatasetPage


def connect_by_hand(page: "DatasetPage") -> None:
    """Connect the filters, the gallery and the viewer of a page with its document."""
    splitting = page.document.splitting

    def move(split: str) -> None:
        splitting.move([image.index for image in page.gallery.chosen()], split)

    editing, viewer = page.document.editing, page.viewer

    def keep(size: PixelSize | None, of_all: bool) -> None:
        """Of the image in view, or of all; ``None``: of all that have the same as that in view, only their files say
        it from now on."""
        draft, image = editing.draft, viewer.image
        if page.document.locked is not None:
            page.status_message.emit(sentences(*error_texts(page.document.locked)[:2]))
        elif draft is not None and image is not None:
            wide = of_all or size is None
            chosen = range(len(draft.dataset.images)) if wide else range(image.index, image.index + 1)
            same = None if size is not None else draft.pixel_size(image.index)
            editing.perform(
                tr("Scale"),
                lambda: rescaled(tr("Scale"), draft, chosen, size, same),
                lambda edit: viewer.say_of_scale(_said(size, len(images(edit)))),
                lambda: viewer.say_of_scale(""),
                long=len(chosen) > AT_ONCE,
            )

    def follow(edit: Edit) -> None:
        """Of the size of pixels, all see what the files say: they say the new one as soon as they can."""
        viewer.say_of_scale("")
        if any(isinstance(part, PixelSizeEdit) for part in parts(edit)):
            page.document.refresh()

    def refuse(error: UserError) -> None:
        if viewer.isVisible():
            page.status_message.emit(sentences(*error_texts(error)[:2]))

    page.filters.dropped.connect(move)
    page.gallery.split_requested.connect(move)
    page.gallery.notice.undone.connect(splitting.undo)
    splitting.changed.connect(lambda: page.gallery.notice.say(splitting.done, undoable=splitting.undoable))
    splitting.failed.connect(lambda error: page.status_message.emit(sentences(*error_texts(error)[:2])))
    viewer.pixel_size_chosen.connect(keep)
    viewer.scale_notice.undone.connect(editing.undo)
    editing.edited.connect(follow)
    editing.refused.connect(refuse)


def _said(size: PixelSize | None, images: int) -> str:
    of_images = tr_n("{n} image", "{n} images", images)
    if size is None:
        return tr("The scale of {images} is what the files say", images=of_images)
    return tr("In {images} a pixel is {value:g} {unit}", images=of_images, value=size.value, unit=size.unit)
