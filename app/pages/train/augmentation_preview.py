"""What training makes of the images: a few of them, augmented as the form says, with their masks."""

from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QImage, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.gallery.picture_strip import PictureStrip, Shown, made_small
from app.pages.train.setting_editor import shown
from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets.buttons import tool_button
from app.widgets.containers import column, row
from app.widgets.inputs import ComboBox
from app.widgets.labels import label
from core.errors import UserError
from core.recipes.fields import Field, fields
from core.recipes.schema import Recipe
from core.words import tr

if TYPE_CHECKING:
    from core.dataset import Dataset, Image

_FEWEST, _MOST = 4, 8
_HEIGHT = 112
_SETTLED_MS = 250
_POOL = 64
"""Training images to choose from."""
_OPTIONS = tuple(field for field in fields() if field.group == "augmentation" and field.kind == "float")
"""What can be shown alone: the strengths and chances, which do nothing at 0."""


class AugmentationPreview(QWidget):
    """Follows the form while it is in view. A person may look at one option alone, and throw the dice again."""

    asked = Signal()
    """It is in view and wants to know the recipe: ``show_recipe`` answers."""

    def __init__(self) -> None:
        super().__init__()
        self._dataset: Dataset | None = None
        self._recipe: Recipe | None = None
        self._made: tuple[object, ...] = ()
        """What the pictures in view were made from."""
        self._seed = 0
        self.strip = PictureStrip(_HEIGHT, tr("Augmented sample"))
        self.option = ComboBox()
        self.option.setAccessibleName(tr("Augmentation to look at"))
        self.option.addItem(tr("All of them together"), None)
        for field in _OPTIONS:
            self.option.addItem(f"Only {field.title.lower()}", field)
        self.again = tool_button("dice-five", tr("Other samples"))
        self.caption, self.message = label("", "caption"), label("", "dim", wrap=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        place = QWidget()
        self._place = QStackedLayout(place)  # of its own, it would show what is put into it as a window
        self._place.addWidget(self.strip)
        self._place.addWidget(self.message)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_pictures_made)
        self._worker.failed.connect(self._fail)
        self._pause = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._pause.timeout.connect(self._make)
        heading = row(label(tr("What training sees"), "dim"), self.option, self.again, self.caption, None)
        self.setLayout(column(heading, place))
        self.option.currentIndexChanged.connect(self._make)
        self.again.clicked.connect(self._reroll)

    def show_dataset(self, dataset: "Dataset | None") -> None:
        """Show images of this dataset from now on."""
        self._dataset = dataset
        self._worker.drop()
        self._made = ()
        self.strip.clear()
        self._pause.start()

    @Slot()
    def follow(self) -> None:
        """The form has changed: show what comes of it, once it has come to rest."""
        if self.isVisible():
            self._pause.start()

    def show_recipe(self, recipe: Recipe | None) -> None:
        """The answer to ``asked``; ``None`` while a value will not do."""
        self._recipe = recipe

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._pause.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.follow()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._worker.drop()
        self._made = ()

    def _reroll(self) -> None:
        self._seed += 1
        self._make()

    @Slot()
    def _make(self) -> None:
        if not self.isVisible():
            return
        self.asked.emit()
        if self._dataset is None or self._recipe is None:
            self._say(tr("Open a dataset to see its images as training sees them.") if self._dataset is None else "")
            return
        recipe, self_said = alone(self._recipe, self.option.currentData())
        self.caption.setText(self_said)
        made = self._dataset, recipe, self._count(), self._seed
        if made != self._made:
            self._made = made
            if not self.strip.pictures:
                self._say(tr("Making samples …"))
            self._worker.run(augment, *made, self.strip.pixels)

    def _count(self) -> int:
        """How many samples there is room for."""
        room = (self.strip.viewport().width() + tokens.SMALL) // (_HEIGHT + tokens.SMALL)
        return min(max(room, _FEWEST), _MOST)

    @Slot(object)
    def _on_pictures_made(self, pictures: list[Shown]) -> None:
        self.strip.show_pictures(pictures)
        if pictures:
            self._place.setCurrentWidget(self.strip)
        else:
            self._say(tr("No training image can be read."))

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._made = ()
        why = f"{error.message}. {error.hint}" if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        self._say(tr("The samples cannot be made. {upper}{why}", upper=why[:1].upper(), why=why[1:]).rstrip())

    def _say(self, message: str) -> None:
        if message:
            self.message.setText(message)
            self._place.setCurrentWidget(self.message)


def alone(recipe: Recipe, option: Field | None) -> tuple[Recipe, str]:
    """The recipe with no augmentation but ``option``, at its strongest where it is off; and what is so shown."""
    if option is None:
        return recipe, ""
    values: dict[str, Any] = {field.name: 0.0 for field in _OPTIONS}
    set_to = getattr(recipe.settings, option.name)
    strength = set_to or option.maximum
    values[option.name] = strength
    said = tr("at {shown}{unit}", shown=shown(strength), unit=option.unit) + (
        "" if set_to else tr(": off in these settings, shown at its strongest")
    )
    return msgspec.structs.replace(recipe, settings=msgspec.structs.replace(recipe.settings, **values)), said


def augment(dataset: "Dataset", recipe: Recipe, count: int, seed: int, height: int) -> list[Shown]:
    """In a worker: a few training images as the network would see them. Raises ``UserError``."""
    from core.training.data.preview import augmented_samples

    images = _pool(dataset)
    if not images:
        return []
    made = []
    for picture in augmented_samples(dataset, images, recipe, count=count, seed=seed):
        rows, columns = picture.shape[:2]
        image = QImage(picture.tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        made.append(made_small(image.convertToFormat(QImage.Format.Format_RGB32), height))
    return made


def _pool(dataset: "Dataset") -> "list[Image]":
    """Training images with objects and a picture: from all over the split, without looking at each of very many."""
    train = dataset.of_split("train")
    spread = train[:: max(len(train) // _POOL, 1)]
    for images in (spread, train):
        good = (image for image in images if dataset.labels(image) and dataset.has_picture(image))
        if pool := list(islice(good, _POOL)):
            return pool
    return []
