"""Below the picture: how far the images are, which of them are shown, the strip of them, and the way to Train."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.annotated import class_styles
from app.gallery.drawing import Shapes
from app.gallery.filmstrip import Filmstrip, Mark
from app.pages.annotate.split_progress import SplitProgress
from app.style import tokens
from app.style.format import tool_tip
from app.style.icons import icon
from app.widgets import ElidedLabel, column, row, tool_button
from app.widgets.buttons import button, primary_button
from app.widgets.inputs import ComboBox
from app.widgets.open_dialogs import copy_path, open_outside
from core.annotation.editing.draft import Draft
from core.annotation.editing.model import Review
from core.dataset import Image
from core.dataset.palette import Color
from core.geometry.segmentation import Segmentation
from core.words import tr

_ALL, _USEFUL = "all", "useful"
_STATES: tuple[tuple[Review, str], ...] = ((tr("to do"), tr("To do")), ("done", "Done"), (tr("to fix"), tr("To fix")))
_MARKS: dict[str, Mark] = {"done": ("check-circle", "good_text"), "to fix": ("flag", "warning_text")}


class Footer(QWidget):
    """Turns to images; says which with ``film.chosen``."""

    said = Signal(str)
    """A message for the status bar."""
    train_asked = Signal()
    done_asked = Signal()
    fix_asked = Signal()
    help_asked = Signal(bool)
    """Whether the person wants to see the bar with which a model pre-annotates."""

    def __init__(self) -> None:
        super().__init__()
        self._draft: Draft | None = None
        self._progress: SplitProgress | None = None
        self._shown = _ALL
        self._order: Sequence[int] = ()
        self.film = Filmstrip()
        self.film.mark_with(self._mark)
        self.filter = ComboBox()
        self.filter.setAccessibleName(tr("Which images are shown"))
        self.filter.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)  # the numbers grow
        self.filter.setMinimumWidth(80)
        self.filter.setMaximumWidth(160)
        self.name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.summary, self.missing = ElidedLabel(role="caption"), ElidedLabel(role="notice")
        self.previous, self.next = (
            tool_button("caret-left", tr("Previous image")),
            tool_button("caret-right", tr("Next image")),
        )
        self.fix = tool_button("flag", tr("Mark the image as to fix"), checkable=True)
        self.help = tool_button("lightbulb", tr("Pre-annotate: let a trained model suggest masks"), checkable=True)
        self.done = button(tr("Done"), "check", tr("The image is done: on to the next"))
        self.train = primary_button(tr("Train"), "graduation-cap")
        bar = row(
            self.filter, self.previous, self.next, tokens.TINY, column(self.name, self.summary, self.missing, gap=0),
            self.help, self.fix, self.done, tokens.SMALL, self.train,
        )  # fmt: skip
        bar.setStretch(4, 1)
        self.menu = QMenu(self)
        """What a right click on an image offers."""
        self.menu.addAction(self.done.icon(), tr("Done, and on to the next"), self.done.click)
        self._to_fix = self.menu.addAction(self.fix.icon(), tr("To fix"), self.fix.click)
        self._to_fix.setCheckable(True)
        self.menu.addSeparator()
        self.menu.addAction(icon("folder-open"), tr("Show in its folder"), self._show_in_folder)
        self.menu.addAction(icon("copy"), tr("Copy its path"), self._copy_path)
        self.film.menu_asked.connect(self.menu.popup)
        bar.setContentsMargins(tokens.SMALL, tokens.SMALL, tokens.SMALL, 0)
        self.setLayout(column(bar, self.film, gap=tokens.TINY))
        self.previous.clicked.connect(lambda: self.film.step(-1))
        self.next.clicked.connect(lambda: self.film.step(1))
        self.done.clicked.connect(self.done_asked)
        self.fix.clicked.connect(self.fix_asked)
        self.help.clicked.connect(self.help_asked)
        self.train.clicked.connect(self.train_asked)
        self.filter.currentIndexChanged.connect(self._choose)

    def begin(self, draft: Draft | None) -> None:
        """Another dataset is annotated."""
        self._draft, self._shown = draft, _ALL
        self._progress = SplitProgress(draft) if draft is not None else None
        self.film.draw_over(_shapes_of(draft) if draft is not None else None)
        self.film.show_images(draft.dataset if draft is not None else None, self._images())
        self.update_standing()

    def put_in_order(self, order: Sequence[int], *, show: bool) -> None:
        """The images without labels, by ``Image.index``, the most useful first; shown like that at once if ``show``."""
        self._order = order
        if show or (self._shown == _USEFUL and not order):
            self._shown = _USEFUL if order else _ALL
            self._show_images()
        if show and order:
            self.film.choose(0)
        self.update_standing()

    def turn_to(self, index: int) -> None:
        """Turn to an image, whatever the filter hides."""
        if self.film.place(index) is None:
            self._shown = _ALL
            self._show_images()
            self.update_standing()
        place = self.film.place(index)
        if place is not None:
            self.film.choose(place)

    def go_on(self) -> bool:
        """Turn to the next image; after the last one, to the first that is not done. ``False`` when all are."""
        if self.following is not None:
            self.film.step(1)
        elif (left := self._first_left()) is not None:
            self.turn_to(left)
        else:
            return False
        return True

    def _first_left(self) -> int | None:
        """The first image that is not done, by ``Image.index``."""
        images = self._draft.dataset.images if self._draft is not None else ()
        states = ((image.index, self._progress.state(image.index)) for image in images if self._progress is not None)
        return next((index for index, state in states if state != "done"), None)

    @property
    def following(self) -> Image | None:
        """The image after the one in view."""
        return self.film.at(self.film.row + 1)

    def follow(self, touched: Iterable[int]) -> None:
        """Instances or review states of these images, by ``Image.index``, are others now."""
        if self._progress is not None:
            self._progress.follow(touched)
            self.film.redraw(touched)
            self.update_standing()

    @Slot()
    def update_standing(self) -> None:
        """Another image is in view, or something was edited."""
        if self._draft is None or self._progress is None:
            return
        missing, image = self._progress.missing(), self.film.image
        self.name.setText(image.file_name if image is not None else "")
        self.summary.setText(self._progress.summary)
        self.missing.setText(missing)
        self.summary.setVisible(not missing)
        self.missing.setVisible(bool(missing))
        self.train.setEnabled(not missing)
        self.train.setToolTip(tool_tip(missing or tr("Save, and set up a training on what is labelled")))
        self.train.setAccessibleDescription(missing)
        self._count(self._progress)
        for mark in (self.fix, self._to_fix):
            mark.setChecked(image is not None and self._draft.review(image.index) == "to fix")
        self.film.viewport().update()

    def _count(self, progress: SplitProgress) -> None:
        lines = [(_ALL, tr("All images · {total:,}", total=progress.states.total()))]
        lines += [(key, f"{title} · {progress.states[key]:,}") for key, title in _STATES]
        lines += [(_USEFUL, tr("Useful first · {useful:,}", useful=len(self._useful())))] if self._order else []
        with QSignalBlocker(self.filter):
            self.filter.clear()
            for key, text in lines:
                self.filter.addItem(text, key)
            self.filter.setCurrentIndex(self.filter.findData(self._shown))

    def _images(self) -> Sequence[Image]:
        if self._draft is None or self._progress is None:
            return ()
        images = self._draft.dataset.images
        if self._shown == _ALL:
            return images
        if self._shown == _USEFUL:
            return self._useful()
        return [image for image in images if self._progress.state(image.index) == self._shown]

    def _useful(self) -> list[Image]:
        """Those in order that nobody has labelled since."""
        assert self._draft is not None and self._progress is not None
        images = self._draft.dataset.images
        return [images[index] for index in self._order if self._progress.state(index) == "to do"]

    def _show_images(self) -> None:
        """Other images; the one in view stays where it is one of them."""
        before = self.film.image
        self.film.show_images(self._draft.dataset if self._draft is not None else None, self._images())
        place = self.film.place(before.index) if before is not None else None
        if place is not None:
            self.film.mark(place)
        elif self.film.image is not None:
            self.film.chosen.emit(self.film.image)

    def _path(self) -> Path | None:
        """Of the picture in view."""
        image = self.film.image
        return self._draft.dataset.image_path(image) if self._draft is not None and image is not None else None

    @Slot()
    def _show_in_folder(self) -> None:
        if (path := self._path()) is not None:
            self.said.emit(open_outside(path.parent))

    @Slot()
    def _copy_path(self) -> None:
        if (path := self._path()) is not None:
            copy_path(path)
            self.said.emit(f"Copied: {path}")

    @Slot(int)
    def _choose(self, place: int) -> None:
        self._shown = str(self.filter.itemData(place, Qt.ItemDataRole.UserRole))
        self._show_images()

    def _mark(self, image: Image) -> Mark | None:
        return _MARKS.get(self._progress.state(image.index)) if self._progress is not None else None


def _shapes_of(draft: Draft) -> Shapes:
    """The instances as they are edited, small ones on top."""

    def of(image: Image) -> Iterable[tuple[Segmentation | None, Color]]:
        looks = class_styles(draft.categories)
        for one in sorted(draft.peek(image.index).values(), key=lambda one: -one.box[2] * one.box[3]):
            if one.category in looks:  # a class may go while this thread draws
                yield one.segmentation, looks[one.category][0]

    return of
