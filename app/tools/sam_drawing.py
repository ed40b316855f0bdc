"""How what SAM was told and what it answered looks on the picture."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from app.canvas import overlay
from app.canvas.viewport import Viewport
from app.style import theme, tokens
from app.tools import painting
from app.tools.sam_session import DrawnAnswer
from app.tools.sam_steps import Steps


def draw_answer(painter: QPainter, viewport: Viewport, seen: DrawnAnswer, *, faint: bool) -> None:
    """The mask with a dashed outline, as a proposal; ``faint`` while it is only what lies under the mouse."""
    ratio = painter.device().devicePixelRatioF()
    opacity = tokens.MASK_OPACITY / 2 if faint else tokens.MASK_OPACITY
    overlay.draw_shape(painter, seen.shape, viewport, ratio, opacity, tokens.OUTLINE_SELECTED)


def draw_steps(painter: QPainter, viewport: Viewport, steps: Steps, color: QColor) -> None:
    """The box and the clicks."""
    if steps.box is not None:
        left, top, right, bottom = steps.box
        draw_box(painter, viewport, QRectF(QPointF(left, top), QPointF(right, bottom)), color)
    for click in steps.clicks:
        _draw_click(painter, viewport.to_widget(QPointF(click.x, click.y)), click.plus)


def draw_box(painter: QPainter, viewport: Viewport, box: QRectF, color: QColor) -> None:
    """A box in image pixels."""
    outline = painting.rectangle_path(box)
    painting.draw_outline(painter, viewport, outline, color, width=tokens.OUTLINE, dashed=True)


def _draw_click(painter: QPainter, at: QPointF, plus: bool) -> None:
    """A plus or a minus on a disc: told apart by form as well as by color."""
    arm = tokens.HANDLE / 2
    sign = QPainterPath(at - QPointF(arm, 0))
    sign.lineTo(at + QPointF(arm, 0))
    if plus:
        sign.moveTo(at - QPointF(0, arm))
        sign.lineTo(at + QPointF(0, arm))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("on_scrim"), tokens.OUTLINE))
    painter.setBrush(theme.color("good" if plus else "bad"))
    painter.drawEllipse(at, 2 * arm, 2 * arm)
    painter.strokePath(sign, painter.pen())
    painter.restore()
