"""What training makes of the images: a few of them, augmented as the form says, with their masks."""

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.gallery.picture_strip import PictureStrip, Shown, made_small
from app.pages.train.setting_editor import value_text
from app.style import format, tokens
from app.threads.workers import LatestWorker
from app.widgets.buttons import tool_button
from app.widgets.containers import column, group
from app.widgets.flow import Flow, Wrapping
from app.widgets.inputs import ComboBox
from app.widgets.labels import label
from core.errors import UserError
from core.recipes.fields import SettingField, fields
from core.recipes.schema import Recipe
from core.words import tr

if TYPE_CHECKING:
    from core.dataset import Dataset

_FEWEST, _MOST = 4, 8
_HEIGHT = 112
_SETTLED_MS = 250
_POOL = 64
"""Training images to choose from, at most."""
_OPTIONS = tuple(field for field in fields() if field.group == "augmentation" and field.kind == "float")
"""What can be shown alone: the strengths and chances, which do nothing at 0."""


class AugmentationPreview(Wrapping):
    """Follows the form while it is in view. A person may look at one option alone, and throw the dice again."""

    def __init__(self, recipe: Callable[[], Recipe]) -> None:
        """``recipe`` gives the recipe with the form's settings; raises ``UserError`` where one will not do."""
        super().__init__()
        self._recipe = recipe
        self._dataset: Dataset | None = None
        self._request: tuple[object, ...] = ()
        """What the pictures in view, or those being made, are made from."""
        self._seed = 0
        self.strip = PictureStrip(_HEIGHT, tr("Augmented sample"))
        self.option = ComboBox()
        self.option.setAccessibleName(tr("Augmentation to look at"))
        self.option.addItem(tr("All of them together"), None)
        for field in _OPTIONS:
            self.option.addItem(tr("Only “{setting}”", setting=field.title), field)
        self.again = tool_button("dice-five", tr("Other samples"))
        self.caption, self.message = label("", "caption"), label("", "dim", wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        place = QWidget()
        self._place = QStackedLayout(place)  # of its own, it would show what is put into it as a window
        self._place.addWidget(self.strip)
        self._place.addWidget(self.message)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_pictures_made)
        self._worker.failed.connect(self._on_failed)
        self._pause = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._pause.timeout.connect(self._make)
        heading = Flow()
        for part in (label(tr("What training sees"), "dim"), group(self.option, self.again), self.caption):
            heading.addWidget(part)
        self.setLayout(column(heading, place))
        self.option.currentIndexChanged.connect(self._make)
        self.again.clicked.connect(self._on_dice_thrown)

    def show_dataset(self, dataset: "Dataset | None") -> None:
        """Show images of this dataset from now on."""
        self._dataset = dataset
        self._worker.drop()
        self._request = ()
        self.strip.clear()
        self._pause.start()

    @Slot()
    def follow(self) -> None:
        """The form has changed: show what comes of it, once it has come to rest."""
        if self.isVisible():
            self._pause.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pause.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._worker.drop()
        self._request = ()

    def _on_dice_thrown(self) -> None:
        self._seed += 1
        self._make()

    @Slot()
    def _make(self) -> None:
        if not self.isVisible():
            return
        if self._dataset is None:
            self._show_message(tr("Open a dataset to see its images as training sees them."))
            return
        try:
            recipe, caption = alone(self._recipe(), self.option.currentData())
        except UserError:  # the form says what is wrong
            return
        self.caption.setText(caption)
        room = (self.strip.viewport().width() + tokens.SMALL) // (_HEIGHT + tokens.SMALL)
        request = self._dataset, recipe, min(max(room, _FEWEST), _MOST), self._seed
        if request != self._request:
            self._request = request
            if not self.strip.pictures:
                self._show_message(tr("Making samples …"))
            self._worker.run(augment, *request, self.strip.pixels)

    @Slot(object)
    def _on_pictures_made(self, pictures: list[Shown]) -> None:
        self.strip.show_pictures(pictures)
        if pictures:
            self._place.setCurrentWidget(self.strip)
        else:
            self._show_message(tr("No training image can be read."))

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._request = ()
        why = (error.message, error.hint) if isinstance(error, UserError) else (f"{type(error).__name__}: {error}",)
        self._show_message(format.sentences(tr("The samples cannot be made."), *why))

    def _show_message(self, message: str) -> None:
        self.message.setText(message)
        self._place.setCurrentWidget(self.message)


def alone(recipe: Recipe, option: SettingField | None) -> tuple[Recipe, str]:
    """The recipe with no augmentation but ``option``, at its strongest where it is off; and a caption that says so."""
    if option is None:
        return recipe, ""
    values: dict[str, Any] = {field.name: 0.0 for field in _OPTIONS}
    chosen = getattr(recipe.settings, option.name)
    values[option.name] = chosen or option.maximum
    strength = f"{value_text(values[option.name])}{option.unit}"
    if chosen:
        caption = tr("at {strength}", strength=strength)
    else:
        caption = tr("at {strength}: off in these settings, shown at its strongest", strength=strength)
    return msgspec.structs.replace(recipe, settings=msgspec.structs.replace(recipe.settings, **values)), caption


def augment(dataset: "Dataset", recipe: Recipe, count: int, seed: int, height: int) -> list[Shown]:
    """A few training images as the network would see them; for a worker. Raises ``UserError``."""
    from core.training.data.preview import augmented_samples

    made: list[Shown] = []
    train = dataset.of_split("train")
    for candidates in (train[:: max(len(train) // _POOL, 1)], train):  # all over the split, or anywhere in it
        usable = (image for image in candidates if dataset.labels(image) and dataset.has_picture(image))
        if images := list(islice(usable, _POOL)):
            break
    else:
        return made
    for picture in augmented_samples(dataset, images, recipe, count=count, seed=seed):
        rows, columns = picture.shape[:2]
        image = QImage(picture.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        made.append(made_small(image.convertToFormat(QImage.Format.Format_RGB32), height))
    return made
