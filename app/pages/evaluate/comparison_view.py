"""An image with predicted and annotated masks: over each other, or side by side with linked viewports."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from app.canvas import ImagePyramid, ImageView, Shape
from app.canvas.image_loader import ImageLoader
from app.pages.evaluate.controls import Mode
from app.pages.preview_note import PreviewNote
from app.style import tokens
from app.widgets import column, label, row
from app.widgets.states import Banner
from core.words import tr

_LEAST = 120
"""Height below which a picture cannot be judged: the page scrolls then."""
_FAINT = 0.2
"""Opacity of masks that lie over each other: their outlines tell more."""


class ComparisonView(QWidget):
    """Holds all predicted shapes and all annotated ones; ``Shape.visible`` hides those below the threshold."""

    pointed = Signal(str)
    zoomed = Signal(str)

    def __init__(self, loader: ImageLoader) -> None:
        super().__init__()
        self._views = self.left, self.right = ImageView(), ImageView()
        self.note = PreviewNote(loader, self.left, self.right)
        self._truth: Sequence[Shape] = ()
        self._predicted: Sequence[Shape] = ()
        self._mode: Mode = "prediction"
        self._names = label(tr("Prediction"), "caption"), label(tr("Truth"), "caption")
        for name in self._names:
            name.setAlignment(Qt.AlignmentFlag.AlignCenter)
            name.setContentsMargins(0, tokens.TINY, 0, tokens.TINY)
        self.preparing, self._progress = label("", "dim"), QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(tr("Preparing the model"))
        self._strip = QWidget()
        strip = column(self.preparing, self._progress, gap=tokens.TINY)
        strip.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self._strip.setLayout(strip)
        self.problem = Banner("bad")
        self._right_side = QWidget()
        left, right = (column(name, view, gap=0) for name, view in zip(self._names, self._views, strict=True))
        for side in (left, right):
            side.setStretch(1, 1)
        self._right_side.setLayout(right)
        views = row(left, self._right_side, gap=1)
        for place in (0, 1):
            views.setStretch(place, 1)
        around = column(self.problem)
        around.setContentsMargins(tokens.MEDIUM, 0, tokens.MEDIUM, 0)
        everything = column(self._strip, around, views, gap=0)
        everything.setStretch(2, 1)
        self.setLayout(everything)
        self.setMinimumHeight(_LEAST)
        self.left.viewport_changed.connect(self.right.set_viewport)
        self.right.viewport_changed.connect(self.left.set_viewport)
        for view in self._views:
            view.pointed.connect(self.pointed)
            view.zoomed.connect(self.zoomed)
        self.show_preparing("")
        self.show_mode("prediction")

    def show_preparing(self, stage: str) -> None:
        """Say what is done to get the model ready; empty when it is."""
        self.preparing.setText(tr("Preparing the model for preview … {stage}", stage=stage) if stage else "")
        self._strip.setVisible(bool(stage))

    def show_picture(self, picture: ImagePyramid | None, truth: Sequence[Shape]) -> None:
        """Show another image with its annotated shapes; the predicted ones follow by ``show_predicted``."""
        self._truth, self._predicted = truth, ()
        if picture is None:
            self.note.hide()
        for view in self._views:
            view.show_picture(picture, (), keep=True)
        self._arrange()

    def show_predicted(self, shapes: Sequence[Shape]) -> None:
        self._predicted = shapes
        self._arrange()

    def show_mode(self, mode: Mode) -> None:
        self._mode = mode
        side = mode == "side"
        self._right_side.setVisible(side)
        self._names[0].setVisible(side)
        opacity = _FAINT if mode == "both" else tokens.MASK_OPACITY
        if self.left.options.opacity != opacity:
            self.left.set_options(replace(self.left.options, opacity=opacity))
        self._arrange()

    def show_labels(self, shown: bool) -> None:
        for view in self._views:
            if view.options.labels != shown:
                view.set_options(replace(view.options, labels=shown))

    def _arrange(self) -> None:
        truth = self._truth if self._mode in ("truth", "both") else ()
        predicted = self._predicted if self._mode != "truth" else ()
        self.left.show_shapes([*truth, *predicted])
        self.right.show_shapes(self._truth)
