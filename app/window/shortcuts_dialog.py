"""The sheet of shortcuts that “?” opens: every action by place, its keys, and a way to change them."""

from functools import reduce

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QPushButton, QWidget

from app.settings.shortcuts import ACTIONS, FIXED, PLACES, Action, Shortcuts
from app.style import tokens
from app.widgets.buttons import link_button, primary_button, tool_button
from app.widgets.containers import column, row, scrolling
from app.widgets.inputs import search_field
from app.widgets.labels import label, set_role
from app.window.frame import fit_screen
from core.words import tr

_SIZE = 720, 640
_KEYS_WIDTH = 152
_MODIFIERS = {Qt.Key.Key_Control, Qt.Key.Key_Shift, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}


class ShortcutsDialog(QDialog):
    """Lists the actions by place, with a search field; a click on the keys of one lets the person press others."""

    def __init__(self, parent: QWidget, shortcuts: Shortcuts) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Shortcuts"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.lines = {action.id: _ActionLine(shortcuts, action) for action in ACTIONS}
        self.search = search_field(tr("Find an action"), tr("Find an action"))
        self.search.textChanged.connect(self._on_search)
        reset = link_button(tr("Reset all"), tr("Every action gets back the keys it came with"))
        reset.clicked.connect(lambda: shortcuts.reset(*self.lines))
        close = primary_button(tr("Close"))
        close.clicked.connect(self.accept)
        self._sections: list[tuple[QWidget, list[QWidget]]] = []
        """Each with its lines."""
        for place, title in PLACES.items():
            self._add_section(title, [self.lines[action.id] for action in ACTIONS if action.place == place])
        self._add_section(tr("Always the same"), [_fixed_line(*line) for line in FIXED])
        content = QWidget()
        content.setLayout(
            column(*(section for section, _ in self._sections), None, gap=tokens.LARGE, margin=tokens.LARGE)
        )
        how = label(tr("Click keys to change them; several keys may do the same."), "dim")
        above = row(how, None, self.search)
        above.setContentsMargins(tokens.LARGE, tokens.MEDIUM, tokens.LARGE, tokens.SMALL)
        below = row(reset, None, close)
        below.setContentsMargins(tokens.LARGE, tokens.SMALL, tokens.LARGE, tokens.MEDIUM)
        self.setLayout(column(above, scrolling(content), below, gap=0))
        self.resize(*_SIZE)
        fit_screen(self, centred=True)

    def _add_section(self, title: str, lines: list[QWidget]) -> None:
        """A heading, and the lines below it; without lines nothing."""
        if lines:
            section = QWidget()
            section.setLayout(column(label(title, "heading"), *lines, gap=2))
            self._sections.append((section, lines))

    @Slot(str)
    def _on_search(self, text: str) -> None:
        """Show only lines that have all these words."""
        words = text.lower().split()
        for section, lines in self._sections:
            for line in lines:
                line.setVisible(all(word in line.accessibleName().lower() for word in words))
            section.setVisible(any(not line.isHidden() for line in lines))


def _fixed_line(keys: str, meaning: str) -> QWidget:
    """Keys that cannot be changed, and their meaning."""
    line, text = QWidget(), label(meaning, "dim")
    line.setAccessibleName(f"{meaning} {keys}")
    text.setMinimumHeight(tokens.CONTROL)
    line.setLayout(row(text, None, label(keys, "key")))
    return line


class _ActionLine(QWidget):
    """One action: its name, a button to reset its keys, its keys, and below them which other actions have the same."""

    def __init__(self, shortcuts: Shortcuts, action: Action) -> None:
        super().__init__()
        self._shortcuts, self._action = shortcuts, action
        self.clash = label(role="notice")
        self.keys = KeyButton()
        self.keys.setFixedWidth(_KEYS_WIDTH)
        self.reset = tool_button("arrow-counter-clockwise", tr("{title}: back to the usual keys", title=action.title))
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.SMALL)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(0, 1)
        grid.addWidget(label(action.title), 0, 0)
        grid.addWidget(self.reset, 0, 1)
        grid.addWidget(self.keys, 0, 2)
        grid.addWidget(self.clash, 1, 0, 1, 3)
        self.setLayout(grid)
        self.keys.pressed_keys.connect(lambda key: shortcuts.change(action.id, (key,)))
        self.keys.cleared.connect(lambda: shortcuts.change(action.id, ()))
        self.reset.clicked.connect(lambda: shortcuts.reset(action.id))
        shortcuts.changed.connect(self._refresh)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        keys = self._shortcuts.keys(self._action.id)
        self.keys.show_keys(keys, self._action.title)
        self.setAccessibleName(self.keys.accessibleName())
        self.reset.setVisible(keys != self._action.keys)
        clashes = {other.title: key for key in keys for other in self._shortcuts.clashes(self._action.id, key)}
        also = ", ".join(
            tr("{key} is also “{action}”", key=_native(key), action=other) for other, key in clashes.items()
        )
        self.clash.setText(tr("{clashes}: neither will work", clashes=also) if also else "")
        set_role(self.clash, "notice")
        self.clash.setVisible(bool(also))


class KeyButton(QPushButton):
    """Shows keys; after a click it waits for others to be pressed. Escape keeps the keys, Backspace or Delete clears
    them."""

    pressed_keys = Signal(str)
    """In Qt's notation."""
    cleared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.toggled.connect(self._show_text)
        self._shown = ""

    def show_keys(self, keys: tuple[str, ...], action: str) -> None:
        """Show the keys of an action."""
        natives = map(_native, keys)
        self._shown = reduce(lambda one, other: tr("{key}  or  {other}", key=one, other=other), natives) if keys else ""
        self._shown = self._shown or tr("none")
        self.setAccessibleName(tr("{action}: {keys}", action=action, keys=self._shown))
        self.setToolTip(tr("Click, then press the keys; Backspace: no keys; Escape: leave it"))
        self._show_text()

    @Slot()
    def _show_text(self) -> None:
        self.setText(tr("Press keys …") if self.isChecked() else self._shown)

    def event(self, event: QEvent) -> bool:
        if self.isChecked() and isinstance(event, QKeyEvent):
            event.accept()  # nothing else on the window may start by these keys
            if event.type() == QEvent.Type.KeyPress and event.key() not in _MODIFIERS and not event.isAutoRepeat():
                self.setChecked(False)
                plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
                if plain and event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete):
                    self.cleared.emit()
                elif not (plain and event.key() == Qt.Key.Key_Escape):
                    self.pressed_keys.emit(_sequence(event))
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.setChecked(False)
        super().focusOutEvent(event)


def _sequence(event: QKeyEvent) -> str:
    """The pressed keys in Qt's portable notation. A character typed with Shift is written as the character alone: on
    another keyboard it may not need Shift."""
    combination = event.keyCombination()
    modifiers, key = combination.keyboardModifiers(), event.key()
    modifiers &= ~Qt.KeyboardModifier.KeypadModifier
    if key < 0x80 and not chr(key).isalpha():
        modifiers &= ~Qt.KeyboardModifier.ShiftModifier
    return QKeySequence(modifiers.value | key).toString(QKeySequence.SequenceFormat.PortableText)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
