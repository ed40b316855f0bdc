"""The framed area on Home: what can be dropped, and buttons for the other ways to open a dataset."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QWidget

from app.style import tokens
from app.style.icons import Icon
from app.widgets import column, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.containers import draw_drop_frame
from core.words import tr


class DropArea(QWidget):
    """Only shows that things can be dropped: the window handles the drop itself. Its buttons are ``folder``, ``file``
    and ``sample``."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = primary_button(tr("Open a folder"), "folder-open", tr("Open a dataset, or images to annotate"))
        self.file = button(
            tr("Open a file"),
            "file-text",
            tr("A COCO file, whose images lie beside it, an archive, a video or a picture"),
        )
        self.sample = button(tr("Try the sample"), "sparkle", tr("A small made-up dataset of parts on a table"))
        invitation, reading = QWidget(), QWidget()
        invitation.setLayout(
            column(
                None,
                row(None, Icon("download-simple", 40), None),
                tokens.TINY,
                row(None, label(tr("Drop images or a dataset here"), "title"), None),
                row(
                    None,
                    label(tr("Images, a folder of them, a dataset in any usual format, an archive, a video."), "dim"),
                    None,
                ),
                tokens.SMALL,
                row(None, self.folder, self.file, self.sample, None),
                None,
            )
        )
        bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        bar.setFixedWidth(240)
        bar.setAccessibleName(tr("Reading the dataset"))
        self._reading = label(role="heading")
        self._reading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        reading.setLayout(column(None, self._reading, row(None, bar, None), None, gap=tokens.MEDIUM))
        self._stack = QStackedWidget()
        self._stack.addWidget(invitation)
        self._stack.addWidget(reading)
        self.setLayout(column(self._stack, margin=tokens.LARGE))

    def paintEvent(self, event: QPaintEvent) -> None:
        draw_drop_frame(self, 1)

    def show_reading(self, name: str) -> None:
        """Show that the dataset ``name`` is being read; an empty name brings the buttons back."""
        self._reading.setText(tr("Reading {dataset} …", dataset=name))
        self._stack.setCurrentIndex(1 if name else 0)

    def show_sample(self, making: bool) -> None:
        """Disable the button while a job makes the sample."""
        self.sample.setEnabled(not making)
        self.sample.setText(tr("Making the sample …") if making else tr("Try the sample"))
