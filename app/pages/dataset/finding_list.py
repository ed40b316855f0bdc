"""The findings of one kind: a picture of each, the sentence that says it, and the way to mend it."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.pages.dataset.finding_pictures import FindingPictures
from app.style import icons, theme, tokens
from app.style.format import tool_tip
from core.dataset import Dataset
from core.dataset.health.findings import Finding
from core.dataset.health.kinds import KINDS
from core.plain_text import printable
from core.words import tr

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_PICTURE = QSize(112, 76)
_ROW = 92
_NARROW = 520
"""Width of a row below which what mends lies under the words."""


class FindingList(QListView):
    """A list of any length. A click or Enter goes to the object; a click on the words at the right, or F, mends it."""

    opened = Signal(object)
    """A ``Finding`` that the person wants to see."""
    fix_requested = Signal(object)
    """A ``Finding`` that is to be mended."""

    def __init__(self) -> None:
        super().__init__()
        self._model = _Model()
        self._pictures = FindingPictures(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self._pictures, self))
        self.setUniformItemSizes(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Findings"))
        self._pictures.ready.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self._request_pictures)

    def show_findings(self, findings: Sequence[Finding], dataset: Dataset | None) -> None:
        """Show these; the current row stays where it is, as far as there is one."""
        row, place = self.currentIndex().row(), self.verticalScrollBar().value()
        self._model.show_findings(findings, dataset)
        if findings:
            self.setCurrentIndex(self._model.index(min(max(row, 0), len(findings) - 1), 0))
            self.verticalScrollBar().setValue(place)
        self._request_pictures()

    def forget_pictures(self, draft: Any) -> None:
        """Draw what is shown anew from this draft."""
        self._pictures.forget(draft)
        self._request_pictures()

    def current(self) -> Finding | None:
        """The current one."""
        row = self.currentIndex().row()
        return self._model.findings[row] if 0 <= row < len(self._model.findings) else None

    @Slot()
    def _request_pictures(self) -> None:
        first = max(self.verticalScrollBar().value() // _ROW - 1, 0)
        last = first + self.viewport().height() // _ROW + 3
        ratio = self.devicePixelRatioF()
        room = round(_PICTURE.width() * ratio), round(_PICTURE.height() * ratio)
        self._pictures.request(self._model.findings[first:last], room)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._request_pictures()
        return super().viewportEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            finding = self._model.findings[index.row()]
            on_fix = fix_room(self.visualRect(index), finding).contains(event.position().toPoint())
            (self.fix_requested if on_fix else self.opened).emit(finding)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        finding = self.current()
        if finding is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(finding)
        elif finding is not None and event.key() == Qt.Key.Key_F and not event.modifiers():
            self.fix_requested.emit(finding)
        else:
            super().keyPressEvent(event)


def fix_room(row: QRect, finding: Finding) -> QRect:
    """Where the words lie that mend a finding; empty where nothing can."""
    words = KINDS[finding.kind].fix
    if not words:
        return QRect()
    width = QFontMetrics(theme.font()).horizontalAdvance(words) + 2 * tokens.SMALL
    room = QRect(0, 0, width, tokens.CONTROL)
    room.moveCenter(QPoint(row.right() - tokens.SMALL - width // 2, row.center().y()))
    if is_narrow(row):
        room.moveBottom(row.bottom() - tokens.TINY)
    return room


def is_narrow(row: QRect) -> bool:
    """Whether there is no room for words beside what mends."""
    return row.width() < _NARROW


class _Model(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.findings: Sequence[Finding] = ()
        self._dataset: Dataset | None = None

    def show_findings(self, findings: Sequence[Finding], dataset: Dataset | None) -> None:
        self.beginResetModel()
        self.findings, self._dataset = findings, dataset
        self.endResetModel()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.findings)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        finding = self.findings[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return printable(finding.sentence)
            case Qt.ItemDataRole.UserRole:
                return finding
            case Qt.ItemDataRole.WhatsThisRole:
                return self._where(finding)
            case Qt.ItemDataRole.ToolTipRole:
                return tool_tip(finding.sentence)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{printable(finding.sentence)} {self._where(finding)}"
        return None

    def _where(self, finding: Finding) -> str:
        """In which image, or whether it is about all."""
        if self._dataset is None or not finding.images:
            return ""
        image = self._dataset.images[finding.images[0]]
        parts = [printable(image.file_name), image.split]
        parts += [tr("annotation {id}", id=finding.instances[0])] if finding.instances else []
        return " · ".join(filter(None, parts))


class _Delegate(QStyledItemDelegate):
    def __init__(self, pictures: FindingPictures, parent: FindingList) -> None:
        super().__init__(parent)
        self._pictures = pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(0, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        finding: Finding = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        current = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if current or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if current else "hover"))
            painter.drawRoundedRect(QRectF(option.rect).adjusted(2, 2, -2, -2), tokens.RADIUS, tokens.RADIUS)
        if current and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(2.5, 2.5, -2.5, -2.5), tokens.RADIUS, tokens.RADIUS)
        place = QRect(option.rect.topLeft() + QPoint(tokens.SMALL, (_ROW - _PICTURE.height()) // 2), _PICTURE)
        self._paint_picture(painter, place, finding)
        fix = fix_room(option.rect, finding)
        room = option.rect.adjusted(place.width() + 3 * tokens.SMALL, 0, -tokens.SMALL, 0)
        self._paint_words(painter, room, fix, index, under=not fix.isEmpty() and is_narrow(option.rect))
        if not fix.isEmpty():
            painter.setPen(QPen(theme.color("control_line"), 1))
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(QRectF(fix).adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)
            painter.setFont(theme.font())
            painter.setPen(theme.color("text"))
            painter.drawText(fix, int(Qt.AlignmentFlag.AlignCenter), KINDS[finding.kind].fix)
        painter.restore()

    def _paint_picture(self, painter: QPainter, place: QRect, finding: Finding) -> None:
        picture = self._pictures.get(finding)
        if picture is not None and not picture.isNull():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, picture)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(place, tokens.TINY, tokens.TINY)
        if picture is not None or not finding.images:
            middle = QRect(0, 0, 28, 28)
            middle.moveCenter(place.center())
            icons.paint(painter, "image-square" if finding.images else "tag", QRectF(middle), "dim")

    def _paint_words(self, painter: QPainter, room: QRect, fix: QRect, index: _Index, *, under: bool) -> None:
        """The sentence, and below it where that is; beside ``fix``, unless that lies ``under`` them."""
        where, sentence = str(index.data(Qt.ItemDataRole.WhatsThisRole)), str(index.data())
        text, caption = theme.font(), theme.font(tokens.CAPTION_SIZE)
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop)
        metrics, small = QFontMetrics(text), QFontMetrics(caption)
        beside = room.adjusted(0, 0, -fix.width() - tokens.SMALL, 0) if fix.width() else room
        wide = room.width() if under else beside.width()
        most = 3 * metrics.lineSpacing() + tokens.TINY if where or under else _ROW - 2 * tokens.SMALL

        def height() -> int:
            return metrics.boundingRect(QRect(0, 0, wide, 1 << 12), wrap, sentence).height()

        while height() > most and " " in sentence:
            sentence = f"{sentence.rpartition(' ')[0].rstrip('…')}…"
        high = min(height(), most)
        total = high + (small.height() + tokens.TINY if where else 0)
        top = room.top() + (tokens.SMALL if under else (_ROW - total) // 2)
        painter.setFont(text)
        painter.setPen(theme.color("text"))
        painter.drawText(QRect(room.left(), top, wide, high), wrap, sentence)
        if where:
            painter.setFont(caption)
            painter.setPen(theme.color("dim"))
            line = small.elidedText(where, Qt.TextElideMode.ElideMiddle, beside.width())
            base = fix.center().y() + small.ascent() // 2 if under else top + high + tokens.TINY + small.ascent()
            painter.drawText(QPoint(room.left(), base), line)
