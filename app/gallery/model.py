"""The images in the gallery, as Qt's views want them."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.gallery.index import Row
from app.style import format
from app.style.plain_text import tool_tip

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class GalleryModel(QAbstractListModel):
    """The rows that passed the filter."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Row] = ()
        self._places: dict[int, int] = {}

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other images."""
        self.beginResetModel()
        self.rows = rows
        self._places = {row.image.index: place for place, row in enumerate(rows)}
        self.endResetModel()

    def place(self, image_index: int) -> int | None:
        """Where an image stands, ``None`` when the filter hides it."""
        return self._places.get(image_index)

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.image.file_name
        size = f"{row.image.width} × {row.image.height}"
        text = f"{row.image.file_name}\n{size} · {format.count(row.count, 'instance')} · {row.image.split}"
        return tool_tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
