"""The inspector of the Evaluate page: metrics of the model, and counts of instances in the image."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.canvas.instances import class_colors
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import theme, tokens
from app.widgets import column, hairline, label, row
from app.widgets.containers import Figure
from core.dataset import Dataset
from core.evaluation.remarks import of_training
from core.evaluation.scores import limit_note
from core.geometry.mask_style import Color
from core.words import tr, tr_n

MetricRow = tuple[str, QColor, tuple[str, ...], float | None]
"""A class, its color, figures from right to left, and a share from 0 to 1 for a bar below them."""


class MetricsPanel(QWidget):
    """Metrics of the run's best checkpoint above, counts of the image in view below."""

    def __init__(self) -> None:
        super().__init__()
        self.map, self.map50, self.box = Figure(tr("Mask mAP")), Figure(tr("Mask mAP50")), Figure(tr("Box mAP"))
        self.measured_on = label("", "caption", wrap=True)
        self.classes = ClassTable(28)
        """Mask AP of each class, best first."""
        self.image = ClassTable(24, (tr("annotated"), tr("found")), tr("Nothing"))
        """Counts of instances by class."""
        self._colors: dict[str, Color] = {}
        self._image_title = label(tr("In this image"), "heading")
        self._per_class = label(tr("Mask AP of each class"), "heading")
        content = QWidget()
        parts = column(
            label(tr("On the validation images"), "heading"),
            row(self.map, self.map50, self.box, gap=tokens.MEDIUM),
            self.measured_on,
            tokens.SMALL,
            self._per_class,
            self.classes,
            tokens.SMALL,
            hairline(),
            tokens.SMALL,
            self._image_title,
            self.image,
            None,
            margin=tokens.MEDIUM,
        )
        content.setLayout(parts)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(content)
        self.setLayout(column(scroll))

    def show_run(self, run: Run | None, dataset: Dataset | None) -> None:
        """The figures of a run's best model, as its training measured them."""
        best = run.history.best if run is not None else None
        self.map.show_value(f"{best.map:.3f}" if best else "")
        self.map50.show_value(f"{best.map50:.3f}" if best else "")
        self.box.show_value(f"{best.box_map:.3f}" if best else "")
        self.measured_on.setText(_measured_on(run) if run is not None else tr("Not measured yet"))
        known = dataset.categories if dataset is not None else ()
        spec = run.folder.read_model() if run is not None else None
        names = [kind.name for kind in spec.classes] if spec is not None else []
        self._colors = class_colors(list(dict.fromkeys([*names, *(best.per_class if best else ())])), known)
        order = sorted(best.per_class.items(), key=lambda item: -item[1]) if best else []
        lines = [(name, QColor(*self._colors[name]), (f"{value:.3f}",), value) for name, value in order]
        self.classes.show_lines(lines, ", ".join(f"{name} {value:.3f}" for name, value in order))
        self.classes.setVisible(bool(lines))
        self._per_class.setVisible(bool(lines))

    def show_counts(
        self, found: Counter[str] | None, annotated: Counter[str], names: list[str], *, coming: bool = True
    ) -> None:
        """How many instances the model finds above the threshold, and how many are annotated, by class. ``found`` is
        ``None`` while a model is at work, if that is ``coming``."""
        lines: list[MetricRow] = []
        sentences = []
        for name in [*names, *sorted(set(found or ()) - set(names))]:
            if annotated[name] or (found and found[name]):
                truth, count = f"{annotated[name]}", "…" if coming else "–"
                if found is not None:
                    count = f"{found[name]}"
                lines.append((name, QColor(*self._colors[name]), (truth, count), None))
                sentences.append(
                    tr("{name}: {found} found, {annotated} annotated", name=name, found=count, annotated=truth)
                )
        self.image.show_lines(lines, ", ".join(sentences) or tr("No instances"))


def _measured_on(run: Run) -> str:
    """What the figures of a run's best model were measured on, and what is to be said about that."""
    best, plan, dataset = run.history.best, run.history.plan, run_labels.dataset(run.file)
    if best is None:
        return tr("Not measured yet")
    images = tr_n("{n} image", "{n} images", plan.validation_images) if plan else tr("the images")
    if limit := limit_note(best.max_detections, best.map_100):
        measured = tr(
            "COCO AP on {images} of {dataset} after epoch {epoch}, without a confidence cut, {limit}",
            images=images,
            dataset=dataset,
            epoch=best.epoch,
            limit=limit,
        )
    else:
        measured = tr(
            "COCO AP on {images} of {dataset} after epoch {epoch}, without a confidence cut",
            images=images,
            dataset=dataset,
            epoch=best.epoch,
        )
    return ".\n".join([measured, *of_training(run.history)[:1]])


class ClassTable(QWidget):
    """A line for each class: swatch, name, figures at the right, and below them a bar where a share is given."""

    def __init__(self, height: int, heading: Sequence[str] = (), empty: str = "") -> None:
        """``height`` of a line in pixels; ``heading`` of the columns, from right to left; ``empty``: what is shown
        without lines."""
        super().__init__()
        self._height, self._heading, self._empty = height, heading, empty
        self._top = 20 if heading else 0
        self._lines: Sequence[MetricRow] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lines(self, lines: Sequence[MetricRow], name: str) -> None:
        """``name`` says the same to a screen reader."""
        self._lines = lines
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self._top + self._height * max(len(self._lines), 1 if self._empty else 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(tokens.CAPTION_SIZE))
        painter.setPen(theme.color("dim"))
        for place, text in enumerate(self._heading):
            painter.drawText(QRectF(0, 0, self.width() - _COLUMN * place, 18), _RIGHT, text)
        painter.setFont(theme.font())
        if not self._lines:
            painter.drawText(QRectF(0, self._top, self.width(), self._height), _LEFT, self._empty)
        for number, (name, color, figures, share) in enumerate(self._lines):
            top, width = self._top + number * self._height, self.width()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(0, top + 6, 10, 10), 3, 3)
            painter.setPen(theme.color("text"))
            for place, figure in enumerate(figures):
                painter.drawText(QRectF(0, top, width - _COLUMN * place, 22), _RIGHT, figure)
            room = QRectF(18, top, width - 18 - 110, 22)
            elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
            painter.drawText(room, _LEFT, elided)
            if share is not None:
                painter.setPen(Qt.PenStyle.NoPen)
                track = QRectF(18, top + self._height - 6, width - 18, 3)
                for bar, fill in ((1.0, theme.color("pressed")), (min(max(share, 0.0), 1.0), color)):
                    painter.setBrush(fill)
                    painter.drawRoundedRect(track.adjusted(0, 0, (bar - 1) * track.width(), 0), 1.5, 1.5)


_COLUMN = 72
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
