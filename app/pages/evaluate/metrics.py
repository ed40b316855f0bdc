"""The inspector of the Evaluate page: metrics of the model, and counts of instances in the image."""

from collections import Counter
from collections.abc import Mapping

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
from core.dataset.palette import Color
from core.evaluation.remarks import of_training
from core.evaluation.scores import limit_note
from core.words import tr, tr_n

_LINE = 28


class MetricsPanel(QWidget):
    """Metrics of the run's best checkpoint above, counts of the image in view below."""

    def __init__(self) -> None:
        super().__init__()
        self.map, self.map50, self.box = Figure(tr("Mask mAP")), Figure(tr("Mask mAP50")), Figure(tr("Box mAP"))
        self.measured_on = label("", "caption", wrap=True)
        self.classes, self.image = ClassBars(), ClassCounts()
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
        self.classes.show_values(best.per_class if best else {}, self._colors)
        self._per_class.setVisible(bool(best and best.per_class))

    def show_counts(
        self, found: Counter[str] | None, annotated: Counter[str], names: list[str], *, coming: bool = True
    ) -> None:
        """How many instances the model finds above the threshold, and how many are annotated, by class. ``found`` is
        ``None`` while a model is at work, if that is ``coming``."""
        self.image.show_counts(found, annotated, names, self._colors, "…" if coming else "–")


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


class ClassBars(QWidget):
    """Name, bar and value for each class, best first."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, QColor, float]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, values: Mapping[str, float], colors: Mapping[str, Color]) -> None:
        order = sorted(values, key=lambda name: -values[name])
        self._lines = [(name, QColor(*colors[name]), values[name]) for name in order]
        self.setAccessibleName(", ".join(f"{name} {value:.3f}" for name, _, value in self._lines))
        self.setVisible(bool(self._lines))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE * len(self._lines))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row_, (name, color, value) in enumerate(self._lines):
            line = QRectF(0, row_ * _LINE, self.width(), _LINE)
            _paint_name(painter, line, name, color, right=f"{value:.3f}")
            track = QRectF(18, line.bottom() - 6, self.width() - 18, 3)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pressed"))
            painter.drawRoundedRect(track, 1.5, 1.5)
            track.setWidth(track.width() * min(max(value, 0.0), 1.0))
            painter.setBrush(color)
            painter.drawRoundedRect(track, 1.5, 1.5)


class ClassCounts(QWidget):
    """A small table: class, found, annotated."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[tuple[str, QColor, str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_counts(
        self,
        found: Counter[str] | None,
        annotated: Counter[str],
        names: list[str],
        colors: Mapping[str, Color],
        unknown: str,
    ) -> None:
        """``unknown`` is shown in place of counts while ``found`` is ``None``."""
        self._lines = []
        for name in [*names, *sorted(set(found or ()) - set(names))]:
            if annotated[name] or (found and found[name]):
                count = unknown if found is None else f"{found[name]}"
                self._lines.append((name, QColor(*colors[name]), count, f"{annotated[name]}"))
        lines = (
            tr("{name}: {found} found, {annotated} annotated", name=name, found=count, annotated=truth)
            for name, _, count, truth in self._lines
        )
        self.setAccessibleName(", ".join(lines) or tr("No instances"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, 20 + 24 * max(len(self._lines), 1))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heading = QRectF(0, 0, self.width(), 18)
        painter.setFont(theme.font(tokens.CAPTION_SIZE))
        painter.setPen(theme.color("dim"))
        painter.drawText(heading, _RIGHT, tr("annotated"))
        painter.drawText(heading.adjusted(0, 0, -72, 0), _RIGHT, tr("found"))
        painter.setFont(theme.font())
        if not self._lines:
            painter.drawText(QRectF(0, 20, self.width(), 24), Qt.AlignmentFlag.AlignVCenter, tr("Nothing"))
        for row_, (name, color, found, annotated) in enumerate(self._lines):
            line = QRectF(0, 20 + row_ * 24, self.width(), 24)
            _paint_name(painter, line, name, color, right=annotated)
            painter.setPen(theme.color("text"))
            painter.drawText(line.adjusted(0, 0, -72, -2), _RIGHT, found)


_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _paint_name(painter: QPainter, line: QRectF, name: str, color: QColor, right: str) -> None:
    """Swatch and name at the left of a line, a figure at its right."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    middle = line.top() + 11
    painter.drawRoundedRect(QRectF(0, middle - 5, 10, 10), 3, 3)
    painter.setPen(theme.color("text"))
    room = QRectF(18, line.top(), line.width() - 18, 22)
    painter.drawText(room, _RIGHT, right)
    room.setWidth(room.width() - 110)
    elided = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), elided)
