"""Above the plots of a run: what it is, its figures, what can be done with it, and why it failed."""

import os
from pathlib import Path

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QProgressBar, QPushButton, QToolButton, QWidget

from app.gallery.picture_strip import PictureStrip
from app.runs import run_labels
from app.runs.job_list import Run
from app.style import icons, tokens
from app.style.format import tool_tip
from app.style.icons import icon
from app.widgets.buttons import button, primary_button, tool_button
from app.widgets.containers import Figure, column, row
from app.widgets.focus import hand_on
from app.widgets.labels import ElidedLabel, Role, label, set_role
from app.widgets.states import Banner, in_words
from core.runs.events import Failed, Sample
from core.words import tr

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
        self.stop = button(tr("Stop and keep"), "stop", tr("End soon and keep the best model so far"))
        self.pause = button(tr("Pause"), "pause", tr("Free the device; go on later at the same step"))
        self.cancel = button(tr("Cancel"), "x", tr("End now and throw the run away"))
        self.resume = button(tr("Resume"), "play", tr("Go on from the last checkpoint"))
        self.look = primary_button(tr("See predictions"), "eye", tr("Look at the model’s masks (Evaluate)"))
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
        more = tool_button("dots-three", tr("More about this run"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        self.longer = menu.addAction(icon("arrow-right"), tr("Train longer …"), self.longer_asked.emit)
        menu.addAction(icon("terminal-window"), tr("Copy as command"), self.copy_asked.emit)
        menu.addAction(icon("folder-open"), tr("Open the run’s folder"), self.folder_asked.emit)
        menu.addAction(icon("copy"), tr("Set up a training like this one"), self.again_asked.emit)
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
        where = tr("Go on at the same step") if run.state == "paused" else tr("Go on from the last checkpoint")
        self.resume.setToolTip(tool_tip(where if may_resume else tr("A training is running: wait until it is done")))
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


_STRIP = 128


class RunFigures(QWidget):
    """The numbers a person watches, over one progress bar."""

    def __init__(self) -> None:
        super().__init__()
        self.stage, self.epoch, self.best = Figure("Stage"), Figure("Epoch"), Figure(tr("Best mask mAP"))
        self.time, self.speed, self.patience = Figure(tr("Time left")), Figure("Speed"), Figure(tr("Patience left"))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        tiles = row(self.stage, self.epoch, self.best, self.time, self.speed, self.patience, gap=tokens.MEDIUM)
        for index, share in enumerate((6, 3, 4, 5, 5, 5)):
            tiles.setStretch(index, share)
        self.setLayout(column(tiles, self.bar))

    def show_run(self, run: Run, now: float) -> None:
        """The figures of a run, its age told as of ``now``."""
        history = run.history
        self.stage.show_value(*run_labels.stage(run))
        self.epoch.show_value(run_labels.epoch(history))
        self.best.show_value(*run_labels.best(history))
        caption, left, note = run_labels.time_left(run, now)
        self.time.show_value(left, note, caption)
        self.speed.show_value(*run_labels.speed(history))
        caption, left, note = run_labels.patience(run)
        self.patience.show_value(left, note, caption)
        fraction = history.fraction
        waiting = fraction is None and run.state == "running"
        self.bar.setRange(0, 0 if waiting else 1000)
        self.bar.setValue(round((fraction or 0) * 1000))
        self.bar.setVisible(run.state in ("running", "paused"))


class Samples(QWidget):
    """What the model sees on a few validation images, renewed with each validation; of the model that was kept when the
    training is over."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label(tr("Validation samples"), "heading")
        self.epoch = label("", "caption")
        self.strip = PictureStrip(_STRIP, tr("Validation sample"))
        self._shown: Sample | None = None
        self.setLayout(column(row(self._title, self.epoch, None), self.strip))

    def clear(self) -> None:
        self._shown = None
        self.strip.clear()

    def show_run(self, run: Run) -> None:
        samples = run.history.telling_samples
        self.setVisible(samples is not None)
        if samples is None:
            return
        self.epoch.setText(run_labels.of_samples(run, samples))
        if samples is not self._shown:
            self._shown = samples
            self.strip.note = tr("Validation sample of epoch {epoch}", epoch=samples.epoch)
            self.strip.show_files([file for name in samples.files if (file := _inside(run.folder.path, name))])


def _inside(folder: Path, name: str) -> Path | None:
    """A file of a run, as its events name it; ``None`` for what is not there, is no file, or is not inside."""
    root = os.path.realpath(folder)
    try:
        path = Path(os.path.realpath(folder / name))
        return path if path.is_relative_to(root) and path.is_file() else None
    except (OSError, ValueError):
        return None


_CLASSES = tr("A new training can start from its model: classes of the same name keep what they learnt.")
_MISSING = tr("If it has moved, say where it is: the training goes on with it.")


class Failure(Banner):
    """Hidden until something went wrong; offers the way out that fits."""

    anew_asked = Signal()
    """A new training from the run's model."""
    found = Signal(object)
    """The ``Path`` where the run's dataset is now."""

    def __init__(self) -> None:
        super().__init__("bad")
        self.anew = self.add_action(tr("New training from this model"))
        self.find_dataset = self.add_action(tr("Find the dataset …"))
        self.anew.clicked.connect(self.anew_asked)
        self.find_dataset.clicked.connect(self._ask)

    def show_end(self, failed: Failed | None) -> None:
        """Say why a run ended; hide where it did not fail."""
        self.anew.hide()
        self.find_dataset.hide()
        self.say(*((failed.message, failed.hint, failed.traceback) if failed else ("",)))

    def show_refusal(self, error: Exception) -> None:
        """Say why a run cannot go on."""
        from core.dataset.class_order import ClassesError  # loaded by who has tried
        from core.training.preparation import DatasetMissingError

        why, hint, details = in_words(error)
        self.anew.setVisible(isinstance(error, ClassesError))
        self.find_dataset.setVisible(isinstance(error, DatasetMissingError))
        if isinstance(error, ClassesError):
            hint = _CLASSES
        elif isinstance(error, DatasetMissingError):
            hint = _MISSING
        self.say(tr("The training cannot go on."), f"{why}. {hint}".rstrip(), details)

    def _ask(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Where is the dataset now?"), str(Path.home()))
        if chosen:
            self.found.emit(Path(chosen))
