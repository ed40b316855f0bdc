"""Below the picture: how far the images are, which of them are shown, the strip of them, and the way to Train."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.canvas.instances import class_styles
from app.gallery.filmstrip import Filmstrip, Mark
from app.gallery.thumbnails import drawn
from app.style import tokens
from app.style.format import tool_tip
from app.threads.workers import LatestWorker
from app.widgets import ElidedLabel, column, row, tool_button
from app.widgets.buttons import button, primary_button
from app.widgets.inputs import ComboBox
from app.widgets.open_dialogs import add_file_actions
from core.annotation.editing.draft import Draft
from core.annotation.editing.model import Review
from core.dataset import Image
from core.dataset.health.shortcomings import boxed_images
from core.geometry.mask_painting import Fill
from core.geometry.mask_style import NO_CLASS, Color
from core.geometry.segmentation import Segmentation
from core.words import tr, tr_n

_ALL, _USEFUL = "all", "useful"
"""Filters; the others are review states."""
_MARKS: dict[str, Mark] = {"done": ("check-circle", "good_text"), "to fix": ("flag", "warning_text")}
_LEAST_LABELLED = 2
"""Labelled images where nobody has split them: one to learn from, one to measure on."""


class Footer(QWidget):
    """Turns to images; says which with ``film.chosen``. What ``done``, ``fix``, ``help`` and ``train`` do is the
    page's business."""

    status_message = Signal(str)
    """A message for the status bar."""

    def __init__(self) -> None:
        super().__init__()
        self._progress: SplitProgress | None = None
        """Of the draft that is edited; ``None`` without one."""
        self._counting = LatestWorker(self)
        self._counting.done.connect(self._on_boxes_counted)
        self._shown = _ALL
        """The filter."""
        self._order: Sequence[int] = ()
        self.film = Filmstrip()
        self.film.mark_with(lambda image: _MARKS.get(self._progress.states[image.index]) if self._progress else None)
        self.filter = ComboBox()
        self.filter.setAccessibleName(tr("Which images are shown"))
        self.filter.setSizeAdjustPolicy(ComboBox.SizeAdjustPolicy.AdjustToContents)  # the numbers grow
        self.filter.setMinimumWidth(80)
        self.filter.setMaximumWidth(160)
        self.name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self.summary, self.missing = ElidedLabel(role="caption"), ElidedLabel(role="notice")
        self.previous = tool_button("caret-left", tr("Previous image"))
        self.next = tool_button("caret-right", tr("Next image"))
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
        add_file_actions(self.menu, self._path, self.status_message.emit, icons=True)
        self.film.menu_requested.connect(self.menu.popup)
        bar.setContentsMargins(tokens.SMALL, tokens.SMALL, tokens.SMALL, 0)
        self.setLayout(column(bar, self.film, gap=tokens.TINY))
        self.previous.clicked.connect(lambda: self.film.step(-1))
        self.next.clicked.connect(lambda: self.film.step(1))
        self.filter.currentIndexChanged.connect(self._on_filter_changed)

    def begin(self, draft: Draft | None) -> None:
        """Another dataset is annotated."""
        self._shown = _ALL
        self._count(draft)
        self.film.draw_over(partial(_shapes, draft) if draft is not None else None)
        dataset = draft.dataset if draft is not None else None
        self.film.show_images(dataset, dataset.images if dataset is not None else ())
        self.update_standing()

    def _count(self, draft: Draft | None, boxed: frozenset[int] = frozenset()) -> None:
        """Count what is labelled. What only has boxes is not; which images these are takes a moment with very many:
        until then, those that were ``boxed`` before."""
        self._progress = SplitProgress(draft, boxed) if draft is not None else None
        self._counting.drop()
        if draft is not None:
            self._counting.run(boxed_images, draft.dataset)

    @Slot(object)
    def _on_boxes_counted(self, boxed: frozenset[int]) -> None:
        if self._progress is not None and boxed != self._progress.boxed:
            self._progress.leave_out(boxed)
            self.update_standing()

    @Slot()
    def renew(self) -> None:
        """After a save: images may be of other splits, and some may have come. Those in the strip stay, and the one in
        view."""
        if self._progress is None:
            return
        self._count(self._progress.draft, self._progress.boxed)
        dataset, row = self._progress.draft.dataset, self.film.row
        listed = [image.index for place in range(self.film.count()) if (image := self.film.at(place)) is not None]
        all_shown = self._shown == _ALL
        self.film.show_images(dataset, dataset.images if all_shown else [dataset.images[index] for index in listed])
        self.film.mark(row)
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
            return True
        states = self._progress.states if self._progress is not None else ()
        first = next((index for index, state in enumerate(states) if state != "done"), None)
        if first is not None:
            self.turn_to(first)
        return first is not None

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
        progress, image = self._progress, self.film.image
        if progress is None:
            return
        missing, counts = progress.missing(), progress.counts
        self.name.setText(image.file_name if image is not None else "")
        self.summary.setText(progress.summary())
        self.missing.setText(missing)
        self.summary.setVisible(not missing)
        self.missing.setVisible(bool(missing))
        self.train.setEnabled(not missing)
        self.train.setToolTip(tool_tip(missing or tr("Save, and set up a training on what is labelled")))
        self.train.setAccessibleDescription(missing)
        filters = {
            _ALL: tr("All images · {number:,}", number=counts.total()),
            "to do": tr("To do · {number:,}", number=counts["to do"]),
            "done": tr("Done · {number:,}", number=counts["done"]),
            "to fix": tr("To fix · {number:,}", number=counts["to fix"]),
        }
        if self._order:
            filters[_USEFUL] = tr("Useful first · {number:,}", number=len(self._useful(progress)))
        with QSignalBlocker(self.filter):
            self.filter.clear()
            for key, text in filters.items():
                self.filter.addItem(text, key)
            self.filter.setCurrentIndex(self.filter.findData(self._shown))
        for mark in (self.fix, self._to_fix):
            mark.setChecked(image is not None and progress.draft.review(image.index) == "to fix")
        self.film.viewport().update()

    def _useful(self, progress: "SplitProgress") -> list[Image]:
        """Those in order that nobody has labelled since."""
        images = progress.draft.dataset.images
        return [images[index] for index in self._order if progress.states[index] == "to do"]

    def _show_images(self) -> None:
        """Show the images of the filter; the one in view stays where it is one of them."""
        progress, before = self._progress, self.film.image
        if progress is None:
            return
        dataset = progress.draft.dataset
        if self._shown == _ALL:
            images: Sequence[Image] = dataset.images
        elif self._shown == _USEFUL:
            images = self._useful(progress)
        else:
            images = [image for image in dataset.images if progress.states[image.index] == self._shown]
        self.film.show_images(dataset, images)
        place = self.film.place(before.index) if before is not None else None
        if place is not None:
            self.film.mark(place)
        elif self.film.image is not None:
            self.film.chosen.emit(self.film.image)

    def _path(self) -> Path | None:
        """Of the picture in view."""
        image = self.film.image
        return self._progress.draft.dataset.image_path(image) if self._progress and image is not None else None

    @Slot(int)
    def _on_filter_changed(self, place: int) -> None:
        self._shown = str(self.filter.itemData(place, Qt.ItemDataRole.UserRole))
        self._show_images()


def _shapes(draft: Draft, image: Image) -> Iterator[tuple[Segmentation | None, Color, Fill]]:
    """What is said of an image as it is edited, small instances on top. Called in threads."""
    yield draft.not_labelled(image.index), NO_CLASS, "hatched"
    styles = class_styles(draft.categories)
    for one in sorted(draft.peek(image.index).values(), key=lambda one: -one.box[2] * one.box[3]):
        if one.category in styles:  # a class may go while this thread draws
            yield drawn(one.segmentation, one.box, styles[one.category][0], crowd=one.crowd)


class SplitProgress:
    """Counts the review states and the labelled images of a draft. All images are counted once, nothing of them
    decoded; then an edit costs what the images it touches cost. Of images that are ``boxed``, the dataset has only the
    boxes of instances."""

    def __init__(self, draft: Draft, boxed: frozenset[int] = frozenset()) -> None:
        self.draft, self.boxed = draft, boxed
        images = draft.dataset.images
        known = [self._read(image.index) for image in images]
        self.states = [state for state, _ in known]
        """Review states by ``Image.index``: where nobody said anything, an image is done if it has instances."""
        self.counts: Counter[str] = Counter(self.states)
        """The number of images by review state."""
        self._is_labelled = [labelled for _, labelled in known]
        """Whether there are instances with a mask, by ``Image.index``."""
        self._labelled: Counter[str] = Counter(image.split for image in images if self._is_labelled[image.index])
        """The number of these images by split."""
        self._splits = {image.split for image in images}

    def leave_out(self, boxed: frozenset[int]) -> None:
        """These are the images that have only boxes."""
        changed, self.boxed = boxed ^ self.boxed, boxed
        self.follow(changed)

    def follow(self, touched: Iterable[int]) -> None:
        """The images with these indices were edited."""
        for index in touched:
            state, labelled = self._read(index)
            self.counts[self.states[index]] -= 1
            self.counts[state] += 1
            self._labelled[self.draft.dataset.images[index].split] += labelled - self._is_labelled[index]
            self.states[index], self._is_labelled[index] = state, labelled

    def summary(self) -> str:
        """“8 of 15 images labelled”."""
        images = tr_n("{n} image", "{n} images", len(self.states))
        return tr("{labelled:,} of {images} labelled", labelled=self._labelled.total(), images=images)

    def missing(self) -> str:
        """What keeps a training from starting, in a few words; empty when nothing does."""
        if not self.draft.categories:
            return tr("Draw and name something")
        if not {"train", "val"} <= self._splits or "unlabelled" in self._splits:
            number = _LEAST_LABELLED - self._labelled.total()
            return tr_n("Label {n} more image", "Label {n} more images", number) if number > 0 else ""
        if self._labelled["train"]:
            return "" if self._labelled["val"] else tr("Label a validation image")
        return tr("Label a training image") if self._labelled["val"] else tr("Label a training and a validation image")

    def _read(self, index: int) -> tuple[Review, bool]:
        state, labelled = self.draft.review(index), self.draft.instance_count(index) > 0
        if labelled and index in self.boxed:  # one that was never looked at is as the dataset has it: nothing decoded
            read = self.draft.has_read(index)
            labelled = read and any(one.segmentation for one in self.draft.peek(index).values())
        return state or ("done" if labelled else "to do"), labelled
