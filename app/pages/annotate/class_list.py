"""The classes below each other: chosen by a click, found by a part of their name, renamed where they stand."""

from collections.abc import Collection, Iterable, Mapping
from functools import partial

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QWidget

from app.pages.annotate.class_row import ClassRow
from app.style import tokens
from app.widgets import column, label, scrolling
from app.widgets.field import Field
from app.widgets.swatch import INDENT

Row = tuple[int, str, int, tuple[int, int, int], str]
"""Id, name, number of instances, color, key."""


class ClassList(QWidget):
    """Lines by id. What happens to a class is the panel's business."""

    chosen = Signal(int)
    eye_clicked = Signal(int)
    renaming_asked = Signal(int)
    """A double click: the first of the two has chosen the class."""
    renamed = Signal(int, str)
    menu_asked = Signal(int, QPoint)
    """A right click on a class, or the menu key; where on the screen."""
    left = Signal()
    """The field of a name was left."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, ClassRow] = {}
        self.name = Field("New name of the class")
        self._renamed: int | None = None
        """The class whose name is in the field."""
        self._group = QButtonGroup(self)
        self._list = column(gap=0)
        self._hint = label("Draw something and name it, or type a name below.", "dim", wrap=True)
        self._none = label("No class is called so.", "dim", wrap=True)
        for text in (self._hint, self._none):
            text.setContentsMargins(INDENT, 0, tokens.SMALL, 0)
        self._none.hide()
        self._place = QWidget()
        self._place.setLayout(column(self._hint, self._none, self._list, None, gap=0))
        self.name.hide()
        self._scroll = scrolling(self._place)
        self.setLayout(column(self._scroll, gap=0))
        self.name.editingFinished.connect(self._finish_renaming)
        self.name.returnPressed.connect(self.left)
        self.name.escaped.connect(self._leave_renaming)

    def show_rows(self, rows: Iterable[Row]) -> None:
        """The classes are others now."""
        self._remove_field()
        for line in self.lines.values():
            self._group.removeButton(line)
            self._list.removeWidget(line)
            line.deleteLater()
        self.lines = {}
        for id, name, count, color, key in rows:
            line = ClassRow(name, count, color, key)
            line.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            line.clicked.connect(partial(self._choose, id))
            line.eye_clicked.connect(partial(self.eye_clicked.emit, id))
            line.renaming_asked.connect(partial(self.renaming_asked.emit, id))
            line.customContextMenuRequested.connect(partial(self._ask_menu, id))
            self._group.addButton(line)
            self._list.addWidget(line)
            self.lines[id] = line
        self._hint.setVisible(not self.lines)

    def show_counts(self, counts: Mapping[int, int]) -> None:
        """How many instances each class has."""
        for id, line in self.lines.items():
            line.show_count(counts[id])

    def show_masks_hidden(self, hidden: Collection[int]) -> None:
        """The instances of these classes are hidden."""
        for id, line in self.lines.items():
            line.show_masks_hidden(id in hidden)

    def show_current(self, id: int | None) -> None:
        """Mark the class that one draws with."""
        if id in self.lines:
            self.lines[id].setChecked(True)
            QTimer.singleShot(0, self, self._reveal_current)  # one that was just made has no place yet

    def find(self, text: str, meant: str | None = None) -> None:
        """Show the classes whose names have all words of ``text``, in any case, and the one that may be ``meant``."""
        words = text.casefold().split()
        names = [line.text() for line in self.lines.values()]
        shown = [name == meant or all(word in name.casefold() for word in words) for name in names]
        for line, fits in zip(self.lines.values(), shown, strict=True):
            line.setVisible(fits)
        self._none.setVisible(bool(shown) and not any(shown))

    def begin_renaming(self, id: int) -> None:
        """Put a field in place of the name of a class."""
        self._renamed, line = id, self.lines[id]
        self._list.insertWidget(self._list.indexOf(line), self.name)
        self.name.setText(line.text())
        self.name.selectAll()
        self.name.show()
        self.name.setFocus()
        line.hide()

    def _choose(self, id: int, _: bool = False) -> None:
        self.chosen.emit(id)

    def _ask_menu(self, id: int, at: QPoint) -> None:
        self.menu_asked.emit(id, self.lines[id].mapToGlobal(at))

    @Slot()
    def _reveal_current(self) -> None:
        current = self._group.checkedButton()
        if current is not None:
            self._scroll.ensureWidgetVisible(current, 0, 0)

    @Slot()
    def _leave_renaming(self) -> None:
        """The name stays as it was."""
        with QSignalBlocker(self.name):
            self.left.emit()
        self._remove_field()

    @Slot()
    def _finish_renaming(self) -> None:
        if self.name.isHidden():
            return
        id, name = self._renamed, self.name.text()
        self._remove_field()
        if id in self.lines and name != self.lines[id].text():
            self.renamed.emit(id, name)

    def _remove_field(self) -> None:
        """Where the field of a name is, its line is again."""
        with QSignalBlocker(self.name):  # to lose the focus is to be done otherwise
            self.name.hide()
        self._list.removeWidget(self.name)
        if self._renamed in self.lines:
            self.lines[self._renamed].show()
        self._renamed = None
