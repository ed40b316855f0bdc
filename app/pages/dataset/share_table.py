"""How many images and instances of each class every split has, before and after: a line each, with a bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.bars import SERIES
from app.style import theme, tokens
from core.words import tr

_LINE, _HEAD = 36, 28
_NAME, _CELL, _BAR = 104, 72, 140
"""Least widths of the columns; the bars are left out where there is no room for them."""
_WIDE_CELL = 104


@dataclass(frozen=True, slots=True)
class Share:
    """A line: how many of something every split has."""

    name: str
    color: tuple[int, int, int] | None
    before: Sequence[int]
    """One for each split."""
    after: Sequence[int]


class ShareTable(QWidget):
    """As high as its lines; paints those that can be seen."""

    def __init__(self) -> None:
        super().__init__()
        self._splits: Sequence[str] = ()
        self._shares: Sequence[Share] = ()
        self.setAccessibleName(tr("Shares of the splits"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_shares(self, splits: Sequence[str], shares: Sequence[Share]) -> None:
        """Show these lines instead, with a column for each split."""
        self._splits, self._shares = splits, shares
        said = [
            ", ".join(
                [
                    share.name,
                    *(
                        f"{split} {old:,} → {new:,}"
                        for split, old, new in zip(splits, share.before, share.after, strict=True)
                    ),
                ]
            )
            for share in shares
        ]
        self.setAccessibleDescription("\n".join(said[:50]))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_NAME + _CELL * len(self._splits), _HEAD + _LINE * len(self._shares))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        number = max(len(self._splits), 1)
        cell = min(max((self.width() - _NAME) // number, _CELL), _WIDE_CELL)
        cells = cell * number
        wide = self.width() - _NAME - cells >= _BAR
        bar = min((self.width() - cells) // 2, 360) if wide else 0
        name = self.width() - cells - bar
        caption = theme.font(tokens.CAPTION_SIZE)
        for place, split in enumerate(self._splits):
            left = name + place * cell
            _text(painter, QRect(left, 0, cell, _HEAD), split, caption, theme.color("dim"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_color(place))
            painter.drawRoundedRect(QRectF(left, _HEAD - 6, 24, 3), 1.5, 1.5)
        first = max((event.rect().top() - _HEAD) // _LINE, 0)
        last = min((event.rect().bottom() - _HEAD) // _LINE + 1, len(self._shares))
        for line in range(first, last):
            top = _HEAD + line * _LINE
            self._paint_line(painter, self._shares[line], QRect(0, top, name, _LINE), cell)
            if wide:
                area = QRectF(name + cells, top + _LINE / 2 - 8, bar, 16)
                _paint_bar(painter, self._shares[line].before, area.adjusted(0, 0, 0, -12), 0.5)
                _paint_bar(painter, self._shares[line].after, area.adjusted(0, 6, 0, 0), 1.0)

    def _paint_line(self, painter: QPainter, share: Share, area: QRect, cell: int) -> None:
        """The name in ``area``, and numbers and percentages at its right, ``cell`` pixels for each."""
        left = 0
        if share.color is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*share.color))
            painter.drawRoundedRect(QRectF(0, area.center().y() - 5, 10, 10), 3, 3)
            left = 10 + tokens.SMALL
        font, caption = theme.font(strong=share.color is None), theme.font(tokens.CAPTION_SIZE)
        _text(painter, area.adjusted(left, 0, -tokens.MEDIUM, 0), share.name, font, theme.color("text"))
        total, metrics = max(sum(share.after), 1), QFontMetrics(theme.font())
        for place, (before, after) in enumerate(zip(share.before, share.after, strict=True)):
            room = QRect(area.right() + 1 + place * cell, area.top(), cell - tokens.TINY, _LINE // 2)
            text = f"{after:,}" if before == after else f"{before:,} → {after:,}"
            if metrics.horizontalAdvance(text) > room.width():
                text = f"→ {after:,}"
            color = "dim" if not after and not before else "text"
            _text(painter, room, text, theme.font(), theme.color(color), Qt.AlignmentFlag.AlignBottom)
            below = room.translated(0, _LINE // 2)
            _text(painter, below, f"{after / total:.0%}", caption, theme.color("dim"), Qt.AlignmentFlag.AlignTop)


def _color(place: int) -> QColor:
    return theme.color(SERIES[min(place, len(SERIES) - 1)])


def _text(
    painter: QPainter,
    area: QRect,
    text: str,
    font: QFont,
    color: QColor,
    vertical: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignVCenter,
) -> None:
    painter.setFont(font)
    painter.setPen(color)
    text = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
    painter.drawText(area, int(vertical | Qt.AlignmentFlag.AlignLeft), text)


def _paint_bar(painter: QPainter, counts: Sequence[int], area: QRectF, alpha: float) -> None:
    total, left = max(sum(counts), 1), area.left()
    painter.setPen(Qt.PenStyle.NoPen)
    for place, count in enumerate(counts):
        width = area.width() * count / total
        color = _color(place)
        color.setAlphaF(alpha)
        painter.setBrush(color)
        painter.drawRect(QRectF(left, area.top(), max(width - 1, 0), area.height()))
        left += width
