"""What a person says of images on the Dataset page: in which split they are, how large their pixels are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.widgets.states import error_texts
from core.images.pixel_size import PixelSize
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.pages.dataset.page import DatasetPage


def connect_by_hand(page: "DatasetPage") -> None:
    """Connect the filters, the gallery and the viewer of a page with its document."""
    splitting = page.document.splitting

    def move(split: str) -> None:
        splitting.move([image.index for image in page.gallery.chosen()], split)

    taken_back: dict[int, PixelSize | None] = {}

    def keep(size: PixelSize | None, of_all: bool) -> None:
        """Of the image in view, or of all; ``None``: of all that have the same as that in view, only their files say
        it from now on."""
        draft, image = page.document.editing.draft, page.viewer.image
        if draft is None or image is None or is_locked():
            return
        known = draft.dataset.pixel_sizes
        images = [each.index for each in draft.dataset.images] if of_all else [image.index]
        if size is None:
            images = [index for index, said in known.items() if said == known.get(image.index)]
        write(dict.fromkeys(images, size))
        page.viewer.say_of_scale(_said(size, len(images)))

    def undo() -> None:
        if is_locked():
            return
        write(dict(taken_back))
        page.viewer.say_of_scale("")

    def is_locked() -> bool:
        locked = page.document.locked
        if locked is not None:
            page.status_message.emit(sentences(*error_texts(locked)[:2]))
        return locked is not None

    def write(sizes: Mapping[int, PixelSize | None]) -> None:
        if (draft := page.document.editing.draft) is not None and sizes:
            before = draft.keep_pixel_sizes(sizes)
            taken_back.clear()
            taken_back.update(before)
            page.document.save_facts()

    page.filters.dropped.connect(move)
    page.gallery.split_requested.connect(move)
    page.gallery.notice.undone.connect(splitting.undo)
    splitting.changed.connect(lambda: page.gallery.notice.say(splitting.done, undoable=splitting.undoable))
    splitting.failed.connect(lambda error: page.status_message.emit(sentences(*error_texts(error)[:2])))
    page.viewer.pixel_size_chosen.connect(keep)
    page.viewer.scale_notice.undone.connect(undo)


def _said(size: PixelSize | None, images: int) -> str:
    of_images = tr_n("{n} image", "{n} images", images)
    if size is None:
        return tr("The scale of {images} is what the files say", images=of_images)
    return tr("In {images} a pixel is {value:g} {unit}", images=of_images, value=size.value, unit=size.unit)
