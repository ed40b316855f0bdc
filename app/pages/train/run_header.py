"""What a run is and what one can do with it."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QToolButton, QWidget

from app.runs import run_labels
from app.runs.job_list import Run
from app.style import icons, tokens
from app.style.icons import icon
from app.style.plain_text import tool_tip
from app.widgets.buttons import button, primary_button, tool_button
from app.widgets.containers import column, row
from app.widgets.focus import hand_on
from app.widgets.labels import ElidedLabel, Role, label, set_role

_ROLES: dict[str, Role] = {"done": "good", "paused": "warning", "failed": "bad"}


class RunHeader(QWidget):
    """Name, state, setting; the actions that make sense now."""

    stop_asked = Signal()
    pause_asked = Signal()
    cancel_asked = Signal()
    resume_asked = Signal()
    longer_asked = Signal()
    """Go on with a training that is done, for more epochs."""
    look_asked = Signal()
    """The person wants to see the model's predictions."""
    again_asked = Signal()
    """Set up a training with the same settings."""
    copy_asked = Signal()
    folder_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._icon = _StateIcon()
        self._title, self._state = ElidedLabel(role="figure"), label(role="dim", wrap=True)
        self._setting = label(role="caption", wrap=True)
        self.stop = button("Stop and keep", "stop", "End soon and keep the best model so far")
        self.pause = button("Pause", "pause", "Free the device; go on later at the same step")
        self.cancel = button("Cancel", "x", "End now and throw the run away")
        self.resume = button("Resume", "play", "Go on from the last checkpoint")
        self.look = primary_button("See predictions", "eye", "Look at the model’s masks (Evaluate)")
        self.more = self._make_menu()
        self.stop.clicked.connect(self.stop_asked)
        self.pause.clicked.connect(self.pause_asked)
        self.cancel.clicked.connect(self.cancel_asked)
        self.resume.clicked.connect(self.resume_asked)
        self.look.clicked.connect(self.look_asked)
        hand_on(self.stop, self.look)
        hand_on(self.pause, self.resume)
        hand_on(self.resume, self.pause)
        name = row(self._icon, self._title, None, gap=tokens.SMALL)
        words = column(name, self._state, self._setting, gap=2)
        line = row(words, self.stop, self.pause, self.cancel, self.resume, self.look, self.more)
        line.setStretch(0, 1)
        self.setLayout(line)

    def _make_menu(self) -> QToolButton:
        more = tool_button("dots-three", "More about this run")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        self.longer = menu.addAction(icon("arrow-right"), "Train longer …", self.longer_asked.emit)
        menu.addAction(icon("terminal-window"), "Copy as command", self.copy_asked.emit)
        menu.addAction(icon("folder-open"), "Open the run’s folder", self.folder_asked.emit)
        menu.addAction(icon("copy"), "Set up a training like this one", self.again_asked.emit)
        more.setMenu(menu)
        return more

    def buttons(self) -> list[QPushButton]:
        return [self.stop, self.pause, self.cancel, self.resume, self.look]

    def show_run(self, run: Run, *, may_resume: bool) -> None:
        """Bring everything up to date; ``may_resume`` unless another training is at work."""
        running = run.state == "running"
        self._icon.show_state(run.state)
        self._title.setText(f"{run_labels.title(run.file)} · {run_labels.dataset(run.file)}")
        self._state.setText(run_labels.ended(run))
        set_role(self._state, _ROLES.get(run.state, "dim"))
        self._setting.setText(run_labels.setting(run))
        self._icon.setToolTip(tool_tip(run.name))
        for ask in (self.stop, self.pause, self.cancel):
            ask.setVisible(running)
        self.pause.setEnabled(run.asked is None)
        self.stop.setEnabled(run.asked in (None, "pause"))
        self.cancel.setEnabled(run.asked != "cancel")
        self.resume.setVisible(run.resumable)
        self.resume.setEnabled(may_resume)
        where = "Go on at the same step" if run.state == "paused" else "Go on from the last checkpoint"
        self.resume.setToolTip(tool_tip(where if may_resume else "A training is running: wait until it is done"))
        self.longer.setVisible(not running and run.folder.checkpoint.is_file())
        self.longer.setEnabled(may_resume)
        self.look.setVisible(not running and run.folder.has_model())


class _StateIcon(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._state = "running"
        self.setFixedSize(QSize(20, 20))

    def show_state(self, state: str) -> None:
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        name, color = run_labels.ICON[self._state]
        icons.paint(QPainter(self), name, self.rect().toRectF(), color)
