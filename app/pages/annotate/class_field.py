"""The field that finds a class or makes one; a slip of the finger makes none."""

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets import ElidedLabel, column
from app.widgets.field import Field, name_clear_button

_ALIKE = 0.75
"""Share of letters in common from which on two names are taken for one with a slip, see ``difflib``."""
_DIGITS = re.compile(r"\d+")


def alike(name: str, known: Iterable[str]) -> str | None:
    """The known name for which ``name`` may be meant: it begins like that, or nearly is that. Names that differ in
    their numbers only (“cell 1”, “cell 2”) are meant to."""
    wanted = name.casefold()
    if not wanted:
        return None
    spelled = {other.casefold(): other for other in known}
    others = [other for other in spelled if _DIGITS.sub("0", other) != _DIGITS.sub("0", wanted)]
    begun = [other for other in others if other.startswith(wanted)]
    found = begun or get_close_matches(wanted, others, n=1, cutoff=_ALIKE)
    return spelled[found[0]] if found else None


class ClassField(QWidget):
    """Typing shows the classes that fit; Enter chooses the one of that name, or makes it. Where there is one that is
    nearly called so, it asks for a second Enter."""

    sought = Signal(str, object)
    """The classes that fit this are wanted, all where it is empty; and the name that may be meant, or ``None``."""
    chosen = Signal(str)
    """The name of a class that there is."""
    made = Signal(str)
    """The name of a class that there is to be."""
    escaped = Signal()

    def __init__(self, names: Callable[[], Iterable[str]]) -> None:
        super().__init__()
        self._names = names
        self._asked = ""
        """The name for which a second Enter was asked for."""
        self.field = Field("Find or add a class", "Find or add a class")
        self.field.setClearButtonEnabled(True)
        name_clear_button(self.field)
        self._note = ElidedLabel(role="notice")
        self.setLayout(column(self._note, self.field))
        self.setFocusProxy(self.field)
        self._note.hide()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.field.textChanged.connect(self.seek)
        self.field.returnPressed.connect(self._on_return_pressed)
        self.field.escaped.connect(self.escaped)

    @property
    def note(self) -> str:
        """What is asked."""
        return self._note.text() if not self._note.isHidden() else ""

    def clear(self) -> None:
        """Nothing is sought."""
        self.field.clear()

    @Slot()
    def seek(self) -> None:
        """What is typed is other, or the classes are."""
        self._asked, text = "", self.field.text()
        self._note.hide()
        self.sought.emit(text, alike(text.strip(), self._names()))

    @Slot()
    def _on_return_pressed(self) -> None:
        name = self.field.text().strip()
        names = list(self._names())
        same = name if name in names else next((other for other in names if other.casefold() == name.casefold()), None)
        if same is not None:
            self.chosen.emit(same)
        elif name != self._asked and (other := alike(name, names)) is not None:
            self._asked = name
            self._note.setText(f"Not “{other}”? Enter again makes it")
            self._note.show()
        else:
            self.made.emit(name)
