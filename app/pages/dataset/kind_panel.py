"""The kinds of findings there are, by how serious they are, each with its count."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from app.style import tokens
from app.style.format import tool_tip
from app.widgets import Section, column, scrolling
from app.widgets.swatch import INDENT, SwatchRow
from core.dataset.health.kind import Severity
from core.dataset.health.kinds import KINDS
from core.words import tr

_TITLES: dict[Severity, tuple[str, str]] = {
    "serious": (tr("Serious"), "bad"),
    "warning": (tr("Warnings"), "warning"),
    "note": (tr("Notes"), "accent"),
}
"""And the color of each, by its name in the theme."""


class KindPanel(QFrame):
    """A line for each kind; one of them is chosen."""

    chosen = Signal(str)
    """The key of a kind."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setFixedWidth(tokens.FILTERS)
        self.lines: dict[str, SwatchRow] = {}
        self._sections = {severity: Section(title, indent=INDENT) for severity, (title, _) in _TITLES.items()}
        for section in self._sections.values():
            section.body.setSpacing(0)
        inner = QWidget()
        stack = column(*self._sections.values(), None, gap=tokens.MEDIUM)
        stack.setContentsMargins(tokens.SMALL, 14, tokens.SMALL, tokens.SMALL)
        inner.setLayout(stack)
        self.setLayout(column(scrolling(inner), gap=0))

    def show_kinds(self, kinds: Mapping[str, int], chosen: str) -> None:
        """List these with how many findings each has, the ``chosen`` one marked."""
        if [*self.lines] != [*kinds]:
            focused = next((kind for kind, line in self.lines.items() if line.hasFocus()), "")
            for line in self.lines.values():
                line.hide()
                line.deleteLater()
            self.lines = {kind: self._made(kind) for kind in kinds}
            for severity, section in self._sections.items():
                section.setVisible(any(KINDS[kind].severity == severity for kind in kinds))
            if focused and chosen in self.lines:
                self.lines[chosen].setFocus()
        for kind, line in self.lines.items():
            line.show_count(kinds[kind])
            line.setToolTip(tool_tip(KINDS[kind].title(kinds[kind])))
            line.setChecked(kind == chosen)

    def _made(self, kind: str) -> SwatchRow:
        about = KINDS[kind]
        line = SwatchRow(about.name, 0, _TITLES[about.severity][1])
        line.clicked.connect(lambda: self.chosen.emit(kind))
        self._sections[about.severity].body.addWidget(line)
        return line
