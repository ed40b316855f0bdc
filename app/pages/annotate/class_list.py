"""The list of classes: its rows, and the field that finds a class or makes one."""

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from functools import partial

from PySide6.QtCore import QPoint, QRectF, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QWidget

from app.style import icons, theme, tokens
from app.style.format import tool_tip
from app.widgets import ElidedLabel, column, label, scrolling
from app.widgets.inputs import NameEdit, name_clear_button
from app.widgets.swatch import INDENT, SwatchRow
from core.words import tr

_KEY, _EYE = 14, 16
"""Widths in pixels."""


class ClassRow(SwatchRow):
    """A click chooses it; one on the eye, which shows under the mouse, hides or shows its instances."""

    eye_clicked = Signal()
    double_clicked = Signal()

    def __init__(self, name: str, count: int, color: tuple[int, int, int], key: str) -> None:
        super().__init__(name, count, color)
        self.key = key
        """What chooses it on the keyboard; empty when nothing does."""
        self.masks_hidden = False
        self.setToolTip(tool_tip(f"{name} ({key})" if key else name))

    def show_masks_hidden(self, masks_hidden: bool) -> None:
        """Whether its instances are hidden now."""
        self.masks_hidden = masks_hidden
        self.setAccessibleDescription(tr("hidden") if masks_hidden else "")
        self.update()

    def _eye(self) -> QRectF:
        left = self.width() - tokens.SMALL - super()._beside_name() - _EYE
        return QRectF(left, (self.height() - _EYE) / 2, _EYE, _EYE)

    def _beside_name(self) -> int:
        return super()._beside_name() + _EYE + tokens.TINY

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._eye().contains(event.position()):
            self.setDown(False)
            self.eye_clicked.emit()
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._eye().contains(event.position()):
            super().mouseDoubleClickEvent(event)
        else:
            self.double_clicked.emit()

    def _paint_words(self, painter: QPainter, left: int) -> None:
        if self.masks_hidden or self.underMouse():
            icons.paint(painter, "eye-slash" if self.masks_hidden else "eye", self._eye(), "dim")
        if self.key:
            painter.setFont(theme.font(tokens.CAPTION_SIZE))
            painter.setPen(theme.color("dim"))
            place = QRectF(left, 0, _KEY, self.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.key)
            painter.setFont(self.font())
        super()._paint_words(painter, left + _KEY)


_ALIKE = 0.75
"""Share of letters in common from which on two names are taken for one with a slip, see ``difflib``."""
_DIGITS = re.compile(r"\d+")


def alike(name: str, known: Iterable[str]) -> str | None:
    """The known name for which ``name`` may be meant: it begins like that, or nearly is that. Names that differ in
    their numbers only (“cell 1”, “cell 2”) are meant to."""
    folded = name.casefold()
    if not folded:
        return None
    spelled = {other.casefold(): other for other in known}
    others = [other for other in spelled if _DIGITS.sub("0", other) != _DIGITS.sub("0", folded)]
    found = [other for other in others if other.startswith(folded)]
    found = found or get_close_matches(folded, others, n=1, cutoff=_ALIKE)
    return spelled[found[0]] if found else None


class ClassField(QWidget):
    """Typing shows the classes that fit; Enter chooses the one of that name, or makes it. Where there is one that is
    nearly called so, it asks for a second Enter."""

    searched = Signal(str, object)
    """What is typed, and the name that may be meant, or ``None``."""
    entered = Signal(str)
    """The name of a class that there is, or is to be."""

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._names = names
        self._confirming = ""
        """The name for which a second Enter was asked for."""
        self.field = NameEdit(tr("Find or add a class"), tr("Find or add a class"))
        self.field.setClearButtonEnabled(True)
        name_clear_button(self.field)
        self.note = ElidedLabel(role="notice")
        self.setLayout(column(self.note, self.field))
        self.setFocusProxy(self.field)
        self.note.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.field.textChanged.connect(self.search)
        self.field.returnPressed.connect(self._on_return_pressed)

    @Slot()
    def search(self) -> None:
        """Another text is typed, or the classes are others now."""
        self._confirming, text = "", self.field.text()
        self.note.hide()
        self.searched.emit(text, alike(text.strip(), self._names()))

    @Slot()
    def _on_return_pressed(self) -> None:
        name = self.field.text().strip()
        names = list(self._names())
        same = name if name in names else next((other for other in names if other.casefold() == name.casefold()), None)
        if same is None and name != self._confirming and (other := alike(name, names)) is not None:
            self._confirming = name
            self.note.setText(tr("Not “{name}”? Enter again makes it", name=other))
            self.note.show()
        else:
            self.entered.emit(same or name)


class ClassList(QWidget):
    """Lines by id. What happens to a class is the panel's business."""

    chosen = Signal(int)
    eye_clicked = Signal(int)
    double_clicked = Signal(int)
    """The first of the two clicks has chosen the class."""
    renamed = Signal(int, str)
    menu_requested = Signal(int, QPoint)
    """A right click on a class, or the menu key; where on the screen."""
    field_left = Signal()
    """Of a name."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, ClassRow] = {}
        self.name = NameEdit(tr("New name of the class"))
        self.name.hide()
        self._renaming: int | None = None
        """The class whose name is in the field."""
        self._group = QButtonGroup(self)
        self._list = column(gap=0)
        self._hint = label(tr("Draw something and name it, or type a name below."), "dim", wrap=True)
        self._none = label(tr("No class is called so. Enter adds it."), "dim", wrap=True)
        for text in (self._hint, self._none):
            text.setContentsMargins(INDENT, 0, tokens.SMALL, 0)
        self._none.hide()
        content = QWidget()
        content.setLayout(column(self._hint, self._none, self._list, None, gap=0))
        self._scroll = scrolling(content)
        self.setLayout(column(self._scroll, gap=0))
        self.name.editingFinished.connect(self._on_editing_finished)
        self.name.returnPressed.connect(self.field_left)
        self.name.escaped.connect(self._on_escaped)

    def show_rows(self, rows: Mapping[int, ClassRow]) -> None:
        """The classes are others now."""
        self._remove_field()
        for line in self.lines.values():
            self._group.removeButton(line)
            self._list.removeWidget(line)
            line.deleteLater()
        self.lines = dict(rows)
        for id, line in rows.items():
            line.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            line.clicked.connect(lambda _=False, id=id: self.chosen.emit(id))
            line.eye_clicked.connect(partial(self.eye_clicked.emit, id))
            line.double_clicked.connect(partial(self.double_clicked.emit, id))
            line.customContextMenuRequested.connect(
                lambda at, id=id, line=line: self.menu_requested.emit(id, line.mapToGlobal(at))
            )
            self._group.addButton(line)
            self._list.addWidget(line)
        self._hint.setVisible(not rows)

    def show_current(self, id: int | None) -> None:
        """Mark the class that one draws with."""
        if id in self.lines:
            self.lines[id].setChecked(True)
            QTimer.singleShot(0, self, self._reveal_current)  # one that was just made has no place yet

    @Slot()
    def _reveal_current(self) -> None:
        if (current := self._group.checkedButton()) is not None:
            self._scroll.ensureWidgetVisible(current, 0, 0)

    def show_matching(self, text: str, meant: str | None = None) -> None:
        """Show the classes whose names have all words of ``text``, in any case, and the one that may be ``meant``."""
        words = text.casefold().split()
        names = [line.text() for line in self.lines.values()]
        shown = [name == meant or all(word in name.casefold() for word in words) for name in names]
        for line, fits in zip(self.lines.values(), shown, strict=True):
            line.setVisible(fits)
        self._none.setVisible(bool(shown) and not any(shown))

    def begin_renaming(self, id: int) -> None:
        """Put a field in place of the name of a class."""
        self._renaming, line = id, self.lines[id]
        self._list.insertWidget(self._list.indexOf(line), self.name)
        self.name.setText(line.text())
        self.name.selectAll()
        self.name.show()
        self.name.setFocus()
        line.hide()

    @Slot()
    def _on_escaped(self) -> None:
        """The name stays as it was."""
        with QSignalBlocker(self.name):
            self.field_left.emit()
        self._remove_field()

    @Slot()
    def _on_editing_finished(self) -> None:
        if self.name.isHidden():
            return
        id, name = self._renaming, self.name.text()
        self._remove_field()
        if id in self.lines and name != self.lines[id].text():
            self.renamed.emit(id, name)

    def _remove_field(self) -> None:
        """Where the field of a name is, its line is again."""
        with QSignalBlocker(self.name):  # to lose the focus is to be done otherwise
            self.name.hide()
        self._list.removeWidget(self.name)
        if self._renaming in self.lines:
            self.lines[self._renaming].show()
        self._renaming = None
