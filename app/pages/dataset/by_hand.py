"""What a person says of images on the Dataset page: in which split they are, how large their pixels are."""

from typing import TYPE_CHECKING

from app.widgets.states import error_texts
from core.images.pixel_size import PixelSize
from core.words import sentences

if TYPE_CHECKING:
    from app.pages.dataset.page import DatasetPage


def connect_by_hand(page: "DatasetPage") -> None:
    """Connect the filters, the gallery and the viewer of a page with its document."""
    splitting = page.document.splitting

    def move(split: str) -> None:
        splitting.move([image.index for image in page.gallery.chosen()], split)

    def keep(size: PixelSize, of_all: bool) -> None:
        draft, image = page.document.editing.draft, page.viewer.image
        if page.document.locked is not None:
            page.status_message.emit(sentences(*error_texts(page.document.locked)[:2]))
        elif draft is not None and image is not None:
            images = draft.dataset.images if of_all else [image]
            draft.keep_pixel_sizes({each.index: size for each in images})
            page.document.save_facts()

    page.filters.dropped.connect(move)
    page.gallery.split_requested.connect(move)
    page.gallery.notice.undone.connect(splitting.undo)
    splitting.changed.connect(lambda: page.gallery.notice.say(splitting.done, undoable=splitting.undoable))
    splitting.failed.connect(lambda error: page.status_message.emit(sentences(*error_texts(error)[:2])))
    page.viewer.pixel_size_chosen.connect(keep)
