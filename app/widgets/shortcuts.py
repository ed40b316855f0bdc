"""The page of shortcuts that “?” opens."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from app import tokens
from app.widgets.buttons import button
from app.widgets.containers import column, row
from app.widgets.labels import label

SHORTCUTS = (
    ("Everywhere", (
        ("Ctrl+1 … 5", "Home, Dataset, Train, Evaluate, Deploy"),
        ("Ctrl+O", "Open a dataset"),
        ("Ctrl+F", "Search"),
        ("Ctrl+I", "Show or hide the inspector"),
        ("Ctrl+N", "New training (Train)"),
        ("Ctrl+Enter", "Start training, export (Train, Deploy)"),
        ("?", "These shortcuts"),
    )),
    ("Gallery", (
        ("Arrows", "Select an image"),
        ("Enter", "Open the image"),
        ("Escape", "Back to the gallery"),
        ("Ctrl + wheel", "Larger or smaller thumbnails"),
    )),
    ("Picture", (
        ("A / D", "Previous, next image (also Left, Right)"),
        ("F", "Fit the window"),
        ("Ctrl+0", "Actual pixels: 100 %"),
        ("+ / −", "Zoom in, out"),
        ("Space + drag", "Move the picture"),
        ("H", "Hide or show the masks"),
        ("L", "Hide or show the labels"),
        ("M", "Prediction, truth, both, side by side (Evaluate)"),
        ("[ / ]", "Lower, higher confidence (Evaluate)"),
    )),
)  # fmt: skip


class ShortcutsDialog(QDialog):
    """Every shortcut, by place."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Shortcuts")
        places = []
        for place, lines in SHORTCUTS:
            grid = QGridLayout()
            grid.setHorizontalSpacing(tokens.MEDIUM)
            grid.setVerticalSpacing(tokens.SMALL)
            grid.setColumnStretch(1, 1)
            for index, (keys, meaning) in enumerate(lines):
                grid.addWidget(label(keys, "key"), index, 0, Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(label(meaning, "dim"), index, 1, Qt.AlignmentFlag.AlignLeft)
            places.append(column(label(place, "heading"), tokens.TINY, grid))
        everywhere, gallery, picture = places
        left = column(everywhere, gallery, None, gap=tokens.LARGE)
        columns = row(left, column(picture, None), gap=2 * tokens.LARGE)
        close = button("Close")
        close.clicked.connect(self.accept)
        self.setLayout(column(columns, tokens.MEDIUM, row(None, close), margin=tokens.LARGE))
