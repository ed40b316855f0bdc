"""How pictures of more than 8 bits are read: which channels, from which value to which, seen at once."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QFormLayout, QRadioButton, QWidget

from app.canvas.picture import to_qimage
from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.views import CHANNELS, View
from app.settings.settings import Settings
from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets import ElidedLabel, Section, column, hairline, label, primary_button, row
from app.widgets.buttons import tool_button
from app.widgets.inputs import ComboBox, NumberBox
from app.widgets.states import Banner, error_texts
from core.channel_settings import ChannelSettings, Scale
from core.dataset import Dataset, Image, channel_file
from core.dataset.value_range import value_range
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList

_CHANNELS = 4
_SIDE = 1024
"""Longer side of the picture that is looked at."""
_USUAL = ChannelSettings()
_ALL = 0.0, 65535.0
_FORM = 300


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """A picture as it would be read, and how many channels it has."""

    image: Image
    picture: NDArray[np.uint8]
    channels: int


class ChannelView(View):
    """A form, and beside it a picture as it says."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._dataset: Dataset | None = None
        self._place = 0
        self._shown: QPixmap | None = None
        self._returns = False
        self.sources = [ComboBox() for _ in range(3)]
        self.plain = QRadioButton(tr("As the files hold them"))
        self.percentiles = QRadioButton(tr("Percentiles of each picture"))
        self.fixed = QRadioButton(tr("The same values in all pictures"))
        self.low, self.high = (NumberBox(whole=False) for _ in range(2))
        self.result = Banner("bad")
        self.use = primary_button(tr("Use in the dataset"), "check")
        self.previous = tool_button("caret-left", tr("Previous image"))
        self.next = tool_button("caret-right", tr("Next image"))
        self._name, self._picture = ElidedLabel(role="dim", mode=Qt.TextElideMode.ElideMiddle), label()
        self._looking, self._measuring, self._writing = LatestWorker(self), LatestWorker(self), LatestWorker(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        group, form = QButtonGroup(self), QFormLayout()
        for radio in (self.plain, self.percentiles, self.fixed):
            group.addButton(radio)
        for source, name in zip(self.sources, (tr("Red"), tr("Green"), tr("Blue")), strict=True):
            source.setAccessibleName(name)
            form.addRow(name, source)
        self._offer(_CHANNELS)
        for box, name in ((self.low, tr("Black from")), (self.high, tr("White from"))):
            box.setAccessibleName(name)
            form.addRow(name, box)
        form.setContentsMargins(0, 0, 0, 0)
        self._choices = QWidget()
        self._choices.setLayout(form)
        note = label(
            tr("Gallery, canvas, training, evaluation and export read the same pixels; a model keeps it with itself."),
            "dim",
            wrap=True,
        )
        ways = column(self.plain, self.percentiles, self.fixed)
        left = QWidget()
        left.setFixedWidth(_FORM)
        left.setLayout(column(Section(tr("Values"), ways), self._choices, note, None, gap=tokens.MEDIUM))
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(QSize(120, 120))
        self._picture.setAccessibleName(tr("The picture as it is read"))
        above = row(self.previous, self.next, self._name)
        above.setStretch(2, 1)
        right = column(above, self._picture)
        right.setStretch(1, 1)
        beside = row(left, hairline(vertical=True), right, gap=tokens.LARGE)
        beside.setStretch(2, 1)
        content = QWidget()
        content.setLayout(column(self.result, beside, gap=tokens.MEDIUM, margin=tokens.LARGE))
        bar = row(None, self.use)
        bar.setContentsMargins(tokens.LARGE, 12, tokens.LARGE, 12)
        page = column(content, hairline(), bar, gap=0)
        page.setStretch(0, 1)
        self.setLayout(page)

    def _connect(self) -> None:
        for source in self.sources:
            source.currentIndexChanged.connect(self._look)
        for radio in (self.plain, self.percentiles, self.fixed):
            radio.clicked.connect(self._on_way_chosen)
        for box in (self.low, self.high):
            box.changed.connect(self._look)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.use.clicked.connect(self._on_use)
        self._looking.done.connect(self._on_looked)
        self._looking.failed.connect(self._on_failed)
        self._measuring.done.connect(self._on_measured)
        self._measuring.failed.connect(self._on_failed)
        self._writing.done.connect(self._on_written)
        self._writing.failed.connect(self._on_failed)

    def show_index(self, index: ImageIndex | None) -> None:
        before, self._dataset = self._dataset, index.dataset if index is not None and index.rows else None
        if before is None or self._dataset is None or self._dataset.root != before.root:
            self._place, self._values, self._shown = 0, None, None
            self._looking.drop()
            self._picture.clear()
            self._name.setText("")
        if self._dataset is None:
            return
        if before is None or self._dataset.root != before.root or self._dataset.channels != before.channels:
            self._show_settings(self._dataset.channels)  # otherwise what is chosen stays, over a save
        if self._returns:
            self._returns = False
            QTimer.singleShot(0, self, lambda: self.view_requested.emit(CHANNELS, ""))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def chosen(self) -> ChannelSettings | None:
        """What the form says; ``None``: as the files hold them. Raises ``ValueError`` where it does not go together."""
        if self.plain.isChecked():
            return None
        low, high = self.low.value(), self.high.value()
        if low is None or high is None:
            raise ValueError
        red, green, blue = (source.currentIndex() for source in self.sources)
        scale: Scale = "values" if self.fixed.isChecked() else "percentiles"
        return ChannelSettings((red, green, blue), scale, float(low), float(high))

    def _show_settings(self, settings: ChannelSettings | None) -> None:
        values = settings or _USUAL
        radio = self.plain if settings is None else self.fixed if values.scale == "values" else self.percentiles
        radio.setChecked(True)
        self._offer(max(values.sources) + 1)
        for source, place in zip(self.sources, values.sources, strict=True):
            source.setCurrentIndex(place)
        self.low.set_value(values.low)
        self.high.set_value(values.high)
        self._look()

    def _offer(self, channels: int) -> None:
        """Let a person choose among so many channels, or more where another picture has more."""
        for source in self.sources:
            source.addItems([tr("Channel {number}", number=n) for n in range(source.count() + 1, channels + 1)])

    @Slot()
    def _on_way_chosen(self) -> None:
        """Begin with what is usual for percentiles, or with the values of pictures from all over the dataset."""
        self._measuring.drop()
        low, high = _ALL if self.fixed.isChecked() else (_USUAL.low, _USUAL.high)
        self.low.set_value(low)
        self.high.set_value(high)
        self._look()
        if self.fixed.isChecked() and self._dataset is not None and (shown := self.chosen()) is not None:
            self._measuring.run(value_range, self._dataset, shown, _USUAL.low, _USUAL.high)

    @Slot(object)
    def _on_measured(self, values: tuple[float, float] | None) -> None:
        untouched = self.fixed.isChecked() and (self.low.value(), self.high.value()) == _ALL
        if untouched and values is not None and values[0] < values[1]:
            self.low.set_value(values[0])
            self.high.set_value(values[1])

    def _step(self, by: int) -> None:
        if self._dataset is not None:
            self._place = (self._place + by) % len(self._dataset.images)
            self._look()

    @Slot()
    def _look(self) -> None:
        """Show the picture as the form says."""
        self._choices.setEnabled(not self.plain.isChecked())
        try:
            settings = self.chosen()
        except ValueError:
            self.use.setEnabled(False)
            self.result.say(tr("White has to begin above black; percentiles are from 0 to 100."), kind="warning")
            return
        self.result.say("")
        if self._dataset is not None and self.isVisible():
            self.use.setEnabled(settings != self._dataset.channels)
            self._looking.run(_preview, self._dataset, self._dataset.images[self._place], settings)

    @Slot(object)
    def _on_looked(self, preview: Preview) -> None:
        self._offer(preview.channels)
        self._name.setText(preview.image.file_name)
        self._shown = QPixmap.fromImage(to_qimage(preview.picture))
        self._fit()

    def _fit(self) -> None:
        if self._shown is not None:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._picture.setPixmap(self._shown.scaled(self._picture.size(), keep, smooth))

    @Slot()
    def _on_use(self) -> None:
        if self._dataset is not None:
            self.use.setEnabled(False)
            self._writing.run(channel_file.write, self._dataset.root, self.chosen())

    @Slot()
    def _on_written(self) -> None:
        if self.document.path is not None:
            self._returns = True
            self.document.open(self.document.path)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._shown = None
        self._picture.clear()
        self.result.say(*error_texts(error), kind="bad")


def _preview(dataset: Dataset, image: Image, settings: ChannelSettings | None) -> Preview:
    from core.images.decoding import channels_to_choose, thumbnail

    path, size = dataset.image_path(image), (image.height, image.width)
    return Preview(image, thumbnail(path, _SIDE, size, settings), channels_to_choose(path))
