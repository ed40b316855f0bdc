"""What becomes of each class of a dataset that is merged into another."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.style import tokens
from app.style.icons import Icon
from app.widgets import ElidedLabel, label
from app.widgets.containers import clear
from app.widgets.inputs import ComboBox
from core.dataset.several.merge_plan import MergedClass
from core.plain_text import printable
from core.words import tr, tr_n

_NEW, _OUT = 0, 1
"""Rows of the choices before those of classes."""
_MOST = 200
"""Classes that get a line; of more, those that need one most."""


class ClassMapping(QWidget):
    """A line a class: its name, how many instances, and a choice. Those that are no class of the first come first."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, tuple[ComboBox, int]] = {}
        """The choice of each class that is shown, and the one that was suggested."""
        self._known: Sequence[str] = ()
        self._choices = QStringListModel(self)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(tokens.MEDIUM)
        self._grid.setVerticalSpacing(tokens.TINY)
        self._grid.setColumnStretch(3, 1)
        self.setLayout(self._grid)

    def show_classes(self, known: Sequence[str], classes: Iterable[MergedClass]) -> None:
        """Offer ``known``, the classes of the first dataset, for each of ``classes``, with what is suggested."""
        clear(self._grid)
        self._known, self._rows = known, {}
        self._choices.setStringList([tr("A new class"), tr("Left out"), *map(printable, known)])
        place = {name: number for number, name in enumerate(known, 2)} | {"": _OUT}
        ordered = sorted(classes, key=lambda each: (each.into in known, each.into == each.name, -each.instances))
        for number, each in enumerate(ordered[:_MOST]):
            name = ElidedLabel(each.name)
            name.setMaximumWidth(240)
            count = label(tr_n("{n} instance", "{n} instances", each.instances), "dim")
            choice = ComboBox()
            choice.setModel(self._choices)
            suggested = place.get(each.into, _NEW)
            choice.setCurrentIndex(suggested)
            choice.setMinimumWidth(200)
            choice.setAccessibleName(tr("What “{name}” becomes", name=each.name))
            choice.currentIndexChanged.connect(self.changed)
            self._grid.addWidget(name, number, 0)
            self._grid.addWidget(count, number, 1, Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(Icon("arrow-right", 16, "dim"), number, 2)
            self._grid.addWidget(choice, number, 3, Qt.AlignmentFlag.AlignLeft)
            self._rows[each.name] = (choice, suggested)
        if (more := len(ordered) - _MOST) > 0:
            words = tr_n("{n} more class stays as suggested.", "{n} more classes stay as suggested.", more)
            self._grid.addWidget(label(words, "dim"), _MOST, 0, 1, 4)

    def mapping(self) -> tuple[str, ...]:
        """What differs from what is suggested, as ``MergeJob.classes`` has it."""
        return tuple(
            f"{name}={self._into(name, choice.currentIndex())}"
            for name, (choice, suggested) in self._rows.items()
            if choice.currentIndex() != suggested
        )

    def _into(self, name: str, choice: int) -> str:
        if choice == _OUT:
            return ""
        return name if choice == _NEW else self._known[choice - 2]
