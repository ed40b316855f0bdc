"""The curves of a run as a picture: losses on the left, AP on the right. Needs neither a display nor a plot library."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from core.dataset.folder.own_outputs import SOFTWARE
from core.dataset.palette import class_color
from core.evaluation.scores import limit_note
from core.files import write_atomically
from core.geometry.mask_style import Color
from core.runs.folder import RunFolder
from core.runs.history import Curve, RunHistory
from core.words import tr

WIDTH, HEIGHT = 1600, 640
_SHARP = 3
"""Lines are drawn so many times larger and scaled down."""
_TEXT_SIZE, _TITLE_SIZE = 20, 26
_PAPER: Color = (255, 255, 255)
_TEXT: Color = (27, 30, 36)
_DIM: Color = (92, 100, 112)
_GRID: Color = (228, 231, 236)
_ACCENT: Color = (31, 111, 235)
_GOOD: Color = (47, 179, 128)
_WARM: Color = (224, 160, 48)


@dataclass(frozen=True, slots=True)
class PlotLine:
    """One line of a chart; ``x`` and ``y`` have one shape ``(N,)``."""

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    color: Color
    width: float = 2.5


@dataclass(frozen=True, slots=True)
class PlotFrame:
    """Where a chart's lines lie, in pixels, and the values its edges stand for; both axes start at 0."""

    left: int
    top: int
    right: int
    bottom: int
    last_x: float
    last_y: float

    def place(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels ``(N, 2)`` of values; what lies above the chart is held at its top edge."""
        across = self.left + x / self.last_x * (self.right - self.left)
        up = self.bottom - np.clip(y / self.last_y, 0, 1) * (self.bottom - self.top)
        return np.stack([across, up], axis=1)


def draw_curves(run: RunFolder) -> Path:
    """Draw the losses and validations of ``run`` into ``report/curves.png``; returns that path."""
    history = RunHistory()
    history.add(run.records())
    picture = io.BytesIO()
    mark = PngInfo()
    mark.add_text("Software", SOFTWARE)
    render(history).save(picture, "PNG", pnginfo=mark)
    run.report.mkdir(parents=True, exist_ok=True)
    path = run.report / "curves.png"
    write_atomically(path, picture.getvalue())
    return path


def render(history: RunHistory) -> Image.Image:
    """The picture, RGB, ``WIDTH × HEIGHT``."""
    losses, scores = _losses(history), _scores(history)
    last_x = max([1.0, *(line.x[-1] for line in (*losses, *scores))])
    top = max([float(np.percentile(line.y, 99.5 if line.y.size > 100 else 100)) for line in losses], default=1.0)
    best = max([float(line.y.max()) for line in scores], default=1.0)
    middle = WIDTH // 2
    frames = (
        PlotFrame(90, 110, middle - 40, HEIGHT - 80, last_x, top * 1.05 or 1.0),
        PlotFrame(middle + 90, 110, WIDTH - 40, HEIGHT - 80, last_x, min(max(best * 1.15, 0.1), 1.0)),
    )
    sheet = Image.new("RGB", (WIDTH * _SHARP, HEIGHT * _SHARP), _PAPER)
    for frame, lines in zip(frames, (losses, scores), strict=True):
        _draw_lines(ImageDraw.Draw(sheet), frame, lines)
    if history.best:
        (point,) = frames[1].place(np.array([float(history.best.epoch)]), np.array([history.best.map]))
        _dot(ImageDraw.Draw(sheet), point, 9, _ACCENT)
        _dot(ImageDraw.Draw(sheet), point, 5, _PAPER)
    picture = sheet.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    pen = ImageDraw.Draw(picture)
    _label(pen, frames[0], tr("Loss"), losses)
    _label(pen, frames[1], _score_title(history), scores)
    return picture


def _losses(history: RunHistory) -> list[PlotLine]:
    """The total over its terms, each as a running mean: single steps jump too much to show a trend."""
    terms = sorted(name for name in history.losses if name != "total")
    lines = [_mean_line(name, history.losses[name], class_color(index)) for index, name in enumerate(terms)]
    if "total" in history.losses:
        lines.append(_mean_line(tr("total"), history.losses["total"], _TEXT, 4))
    return [line for line in lines if line.x.size]


def _mean_line(name: str, curve: Curve, color: Color, width: float = 2.5) -> PlotLine:
    x, y = (np.asarray(values) for values in curve.points())
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    window = max(len(y) // 50, 1)
    sums = np.concatenate([[0.0], np.cumsum(y)])
    ends = np.arange(1, len(y) + 1)
    starts = np.maximum(ends - window, 0)
    return PlotLine(name, x, (sums[ends] - sums[starts]) / (ends - starts), color, width)


def _scores(history: RunHistory) -> list[PlotLine]:
    if not history.validations:
        return []
    epochs = np.array([validation.epoch for validation in history.validations], float)
    rows = (
        (tr("box mAP"), "box_map", _WARM, 2.5),
        (tr("mask mAP50"), "map50", _GOOD, 2.5),
        (tr("mask mAP"), "map", _ACCENT, 4.0),
    )
    return [
        PlotLine(name, epochs, np.array([getattr(item, key) for item in history.validations], float), color, width)
        for name, key, color, width in rows
    ]


def _score_title(history: RunHistory) -> str:
    best = history.best
    if best is None:
        return tr("Average precision")
    if note := limit_note(best.max_detections, best.map_100):
        return tr(
            "Average precision, best mask mAP {map:.3f} at epoch {epoch} ({limit})",
            map=best.map,
            epoch=best.epoch,
            limit=note,
        )
    return tr("Average precision, best mask mAP {map:.3f} at epoch {epoch}", map=best.map, epoch=best.epoch)


def _draw_lines(pen: ImageDraw.ImageDraw, frame: PlotFrame, lines: Sequence[PlotLine]) -> None:
    for value in ticks(frame.last_y):
        across = frame.place(np.array([0.0, frame.last_x]), np.array([value, value]))
        pen.line(_sharp(across), fill=_GRID, width=_SHARP)
    for line in lines:
        points = frame.place(line.x, line.y)
        pen.line(_sharp(points), fill=line.color, width=round(line.width * _SHARP), joint="curve")
        _dot(pen, points[-1], line.width, line.color)  # of a line of one point, all there is to see


def _dot(pen: ImageDraw.ImageDraw, center: NDArray[np.float64], radius: float, color: Color) -> None:
    (x, y), r = center * _SHARP, radius * _SHARP
    pen.ellipse((x - r, y - r, x + r, y + r), fill=color)


def _sharp(points: NDArray[np.float64]) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points * _SHARP]


def _label(pen: ImageDraw.ImageDraw, frame: PlotFrame, title: str, lines: Sequence[PlotLine]) -> None:
    """Title, legend and the values along the axes."""
    font = ImageFont.load_default(_TEXT_SIZE)
    pen.text((frame.left, 24), title, _TEXT, ImageFont.load_default(_TITLE_SIZE))
    x: float = frame.left
    for line in reversed(lines):
        pen.rounded_rectangle((x, 77, x + 22, 83), 3, fill=line.color)
        pen.text((x + 30, 80), line.name, _DIM, font, anchor="lm")
        x += 30 + pen.textlength(line.name, font) + 26
    values = ticks(frame.last_y)
    decimals = max(len(f"{value:g}".partition(".")[2]) for value in values)
    for value in values:
        ((_, y),) = frame.place(np.zeros(1), np.array([value]))
        pen.text((frame.left - 12, y), f"{value:.{decimals}f}", _DIM, font, anchor="rm")
    for value in ticks(frame.last_x, whole=True):
        ((x, _),) = frame.place(np.array([value]), np.zeros(1))
        pen.text((x, frame.bottom + 12), f"{value:g}", _DIM, font, anchor="ma")
    pen.text(((frame.left + frame.right) / 2, frame.bottom + 42), tr("epoch"), _DIM, font, anchor="ma")
    if not lines:
        center = ((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2)
        pen.text(center, tr("nothing was measured"), _DIM, font, anchor="mm")


def ticks(last: float, *, whole: bool = False) -> list[float]:
    """Four to eight round values from 0 up to ``last``; fewer where only ``whole`` numbers make sense."""
    power = 10.0 ** math.floor(math.log10(last / 4))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if last / (factor * power) <= 8)
    if whole:
        step = max(round(step), 1)
    return [round(index * step, 10) for index in range(int(last / step + 1e-9) + 1)]
