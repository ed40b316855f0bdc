"""Which frames of a video become images: one every so many seconds, or the first of each scene."""

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.style import tokens
from app.widgets import label, row
from app.widgets.inputs import ComboBox, SpinBox
from core.words import tr, tr_n

_LONGEST = 3600.0


class FrameChoiceRow(QWidget):
    """A list of the ways, the seconds, and how many images that makes."""

    def __init__(self) -> None:
        super().__init__()
        self._video = 0.0
        self.way = ComboBox()
        self.way.setAccessibleName(tr("Which frames become images"))
        self.way.addItems([tr("A frame every"), tr("The first frame of each scene")])
        self.interval = SpinBox()
        self.interval.setAccessibleName(tr("Seconds between two frames"))
        self.interval.setRange(0.1, _LONGEST)
        self.interval.setDecimals(1)
        self.interval.setSuffix(f" {tr('s')}")
        self._count = label(role="dim")
        self.way.currentIndexChanged.connect(self._show)
        self.interval.valueChanged.connect(self._show)
        line = row(self.way, self.interval, self._count, None, gap=tokens.SMALL)
        line.setContentsMargins(0, 0, 0, 0)
        self.setLayout(line)

    def offer(self, seconds: float) -> None:
        """Show the ways for a video of so many ``seconds``."""
        self._video = seconds
        self.interval.setValue(1.0)
        self._show()

    @property
    def scenes(self) -> bool:
        """Whether each scene gives an image."""
        return self.way.currentIndex() == 1

    @Slot()
    def _show(self) -> None:
        self.interval.setVisible(not self.scenes)
        count = max(math.ceil(self._video / self.interval.value()), 1)
        self._count.setText("" if self.scenes else tr_n("about {n} image", "about {n} images", count))
