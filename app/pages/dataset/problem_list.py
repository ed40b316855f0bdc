"""What is wrong with a dataset, in whole sentences: each kind of fault once, the entries that have it below."""

import re
from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.style import theme, tokens
from core.dataset import Problem
from core.words import tr, tr_n

_Index = QModelIndex | QPersistentModelIndex

_IMAGE, _NOTE, _KIND = (Qt.ItemDataRole.UserRole + number for number in range(3))
"""The index of an image, or nothing; a dim text below; whether the item is the title of its kind."""
_BREAKS = re.compile(r"[/\\_-](?=\w)")
"""After these a file's name may go on in the next line."""
_BETWEEN = tokens.TINY // 2


class ProblemList(QListWidget):
    """Lines wrap instead of being elided, and the list scrolls."""

    image_requested = Signal(int)
    """The index of an image with a problem."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Problems"))
        self.setItemDelegate(_Delegate(self))
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setLayoutMode(QListWidget.LayoutMode.Batched)  # thousands are laid out while one reads the first
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.itemClicked.connect(self._on_item_chosen)
        self.itemActivated.connect(self._on_item_chosen)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """List these problems instead."""
        self.clear()
        kinds: dict[tuple[str, str], list[Problem]] = {}  # in the order in which they were found
        for problem in problems:
            kinds.setdefault((problem.file, problem.hint), []).append(problem)
        for (file, hint), alike in kinds.items():
            same = all(problem.message == alike[0].message for problem in alike)
            note = (_sentence(hint) if same else "", file)
            title, number = _sentence(alike[0].message if same else hint), sum(bool(each.entry) for each in alike)
            if same and number:
                title = tr_n("This entry: {what}", "Each of these: {what}", number, what=alike[0].message)
            self._add(title, "\n".join(filter(None, note)))
            for problem in alike:
                if problem.entry:
                    self._add(problem.entry, "" if same else problem.message, problem)

    def height_of_all(self, most: int) -> int:
        """Pixels that the whole list takes, ``most`` at most."""
        height = 2 * tokens.TINY
        for row in range(self.count()):
            if height >= most:
                break
            height += self.sizeHintForRow(row)
        return min(height, most)

    def _add(self, text: str, note: str, problem: Problem | None = None) -> None:
        item = QListWidgetItem(text)
        item.setData(_NOTE, note)
        item.setData(_KIND, problem is None)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ". ".join(filter(None, (text, *note.split("\n")))))
        item.setData(_IMAGE, problem.image if problem is not None else None)
        if item.data(_IMAGE) is None:
            item.setFlags(Qt.ItemFlag.ItemIsEnabled)  # it leads nowhere
        self.addItem(item)

    @Slot(QListWidgetItem)
    def _on_item_chosen(self, item: QListWidgetItem) -> None:
        if item.data(_IMAGE) is not None:
            self.image_requested.emit(item.data(_IMAGE))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Delegate(QStyledItemDelegate):
    """Paints wrapped text, and a wrapped dim note below it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        view = self.parent()
        assert isinstance(view, ProblemList)
        width = view.viewport().width()
        return QSize(width, self._lay_out(None, QRect(0, 0, width, 0), index))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        goes = index.data(_IMAGE) is not None
        if chosen or (goes and option.state & QStyle.StateFlag.State_MouseOver):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if chosen else "hover"))
            painter.drawRoundedRect(option.rect, tokens.TINY, tokens.TINY)
        self._lay_out(painter, option.rect, index)
        painter.restore()

    def _lay_out(self, painter: QPainter | None, area: QRect, index: _Index) -> int:
        """Draw an item, or without a painter only measure it; returns its height in pixels."""
        kind = bool(index.data(_KIND))
        top = tokens.SMALL if kind and index.row() else tokens.TINY
        left = tokens.SMALL if kind else 2 * tokens.SMALL
        room = QRect(area.topLeft() + QPoint(left, top), QSize(max(area.width() - left - tokens.SMALL, 40), 1 << 16))
        parts = (
            (str(index.data(Qt.ItemDataRole.DisplayRole)), theme.font(strong=kind), "text"),
            (str(index.data(_NOTE) or ""), theme.font(tokens.CAPTION_SIZE), "dim"),
        )
        for text, font, color in parts:
            if text:
                room.setTop(room.top() + _draw(painter, room, text, font, color) + _BETWEEN)
        return room.top() - area.top() + tokens.TINY


def _draw(painter: QPainter | None, room: QRect, text: str, font: QFont, color: str) -> int:
    """Draw wrapped text, or without a painter only measure it; returns its height in pixels. Words that are wider than
    ``room`` are broken."""
    metrics, text = QFontMetrics(font), _BREAKS.sub("\\g<0>\u200b", text)
    fits = all(metrics.horizontalAdvance(word) <= room.width() for word in re.split(r"[\s\u200b]+", text))
    wrap = Qt.TextFlag.TextWordWrap if fits else Qt.TextFlag.TextWrapAnywhere
    flags = int(wrap | Qt.AlignmentFlag.AlignTop)
    height = metrics.boundingRect(room, flags, text).height()
    if painter is not None:
        painter.setFont(font)
        painter.setPen(theme.color(color))
        painter.drawText(room, flags, text)
    return height
