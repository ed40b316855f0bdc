"""Something folded away under its name."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.style.icons import icon
from app.widgets.containers import column, row


class Disclosure(QWidget):
    """A button with a caret; a click, Enter or Space unfolds ``content``."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setIconSize(QSize(14, 14))
        self.button.setProperty("fold", True)
        self.content = content
        self.button.toggled.connect(self._fold)
        self.setLayout(column(row(self.button, None), content))
        self._fold(False)

    def _fold(self, shown: bool) -> None:
        self.button.setIcon(icon("caret-down" if shown else "caret-right", "dim"))
        self.content.setVisible(shown)
