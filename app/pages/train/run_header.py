"""Above the results of a run: what it is, what can be done with it, for how much longer it may train, why it failed."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QToolButton, QWidget

from app.runs import run_labels
from app.runs.job_list import Run
from app.style import format, tokens
from app.style.format import tool_tip
from app.style.icons import Icon, icon
from app.widgets.buttons import button, primary_button, tool_button
from app.widgets.containers import column, row
from app.widgets.focus import hand_on
from app.widgets.inputs import NumberBox
from app.widgets.labels import ElidedLabel, Role, label, set_role
from app.widgets.states import Banner, error_texts
from core.runs.events import Failed
from core.words import tr

_ROLES: dict[str, Role] = {"done": "good", "paused": "warning", "failed": "bad"}


class RunHeader(QWidget):
    """Name, state, setting; the actions that make sense now, which are for whoever shows the run to connect."""

    def __init__(self) -> None:
        super().__init__()
        icon_name, color = run_labels.ICON["running"]
        self._icon = Icon(icon_name, 20, color)
        self._title, self._state = ElidedLabel(role="figure"), label(role="dim", wrap=True)
        self._setting = label(role="caption", wrap=True)
        self.stop = button(tr("Stop and keep"), "stop", tr("End soon and keep the best model so far"))
        self.pause = button(tr("Pause"), "pause", tr("Free the device; go on later at the same step"))
        self.cancel = button(tr("Cancel"), "x", tr("End now and throw the run away"))
        self.resume = button(tr("Resume"), "play", tr("Go on from the last checkpoint"))
        self.look = primary_button(tr("See predictions"), "eye", tr("Look at the model’s masks (Evaluate)"))
        more = tool_button("dots-three", tr("More about this run"))
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(more)
        self.longer = menu.addAction(icon("arrow-right"), tr("Train longer …"))
        self.copy = menu.addAction(icon("terminal-window"), tr("Copy as command"))
        self.folder = menu.addAction(icon("folder-open"), tr("Open the run’s folder"))
        self.again = menu.addAction(icon("copy"), tr("Set up a training like this one"))
        more.setMenu(menu)
        hand_on(self.stop, self.look)
        hand_on(self.pause, self.resume)
        hand_on(self.resume, self.pause)
        name = row(self._icon, self._title, None, gap=tokens.SMALL)
        words = column(name, self._state, self._setting, gap=2)
        line = row(words, self.stop, self.pause, self.cancel, self.resume, self.look, more)
        line.setStretch(0, 1)
        self.setLayout(line)

    def show_run(self, run: Run, *, may_resume: bool) -> None:
        """Bring everything up to date; ``may_resume`` unless another training is at work."""
        running, has_checkpoint = run.state == "running", run.folder.checkpoint.is_file()
        self._icon.set_icon(*run_labels.ICON[run.state])
        self._icon.setToolTip(tool_tip(run.folder.name))
        self._title.setText(f"{run_labels.title(run.file)} · {run_labels.dataset(run.file)}")
        self._state.setText(run_labels.ended(run))
        set_role(self._state, _ROLES.get(run.state, "dim"))
        self._setting.setText(run_labels.setting(run))
        for action in (self.stop, self.pause, self.cancel):
            action.setVisible(running)
        self.pause.setEnabled(run.asked is None)
        self.stop.setEnabled(run.asked in (None, "pause"))
        self.cancel.setEnabled(run.asked != "cancel")
        self.resume.setVisible(run.resumable)
        self.resume.setEnabled(may_resume)
        if not may_resume:
            tip = tr("A training is running: wait until it is done")
        elif run.state == "paused":
            tip = tr("Go on at the same step")
        elif has_checkpoint:
            tip = tr("Go on from the last checkpoint")
        else:
            tip = tr("Begin anew: the run ended before its first checkpoint")
        self.resume.setToolTip(tool_tip(tip))
        self.longer.setVisible(not running and has_checkpoint)
        self.longer.setEnabled(may_resume)
        self.look.setVisible(not running and run.folder.has_model())


_MOST = 10_000


class ExtendTraining(QFrame):
    """One line that asks for how many more epochs a training is to go on; hidden until ``ask``."""

    agreed = Signal(int)
    """The number of epochs, those that are done included."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._done = 0
        self.more = NumberBox(whole=True, minimum=1, maximum=_MOST)
        self.more.setFixedWidth(88)
        self.more.setAccessibleName(tr("More epochs"))
        self._total = label("", "dim")
        self.go_on = button(tr("Train longer"), "play", tr("Go on from the last checkpoint with these epochs"))
        not_now = button(tr("Not now"))
        before, _, after = tr("Train for {number} more epochs").partition("{number}")
        line = row(label(before.strip()), self.more, label(after.strip()), self._total, None, not_now, self.go_on)
        line.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.SMALL, tokens.SMALL)
        self.setLayout(line)
        self.more.changed.connect(self._update)
        self.go_on.clicked.connect(self._on_agreed)
        not_now.clicked.connect(self.hide)
        self.hide()

    def ask(self, done: int, planned: int) -> None:
        """Propose half as many again; ``done`` epochs of ``planned`` are over."""
        self._done = done
        self.more.set_value(max(planned // 2, 1))
        self.show()
        self.more.setFocus(Qt.FocusReason.PopupFocusReason)
        self.more.selectAll()

    def _epochs(self) -> int | None:
        more = self.more.value()
        return self._done + int(more) if more is not None and 1 <= more <= _MOST - self._done else None

    def _update(self) -> None:
        epochs = self._epochs()
        self.more.mark_wrong(epochs is None)
        self.go_on.setEnabled(epochs is not None)
        self._total.setText(tr("up to epoch {epoch:,}", epoch=epochs) if epochs is not None else "")

    def _on_agreed(self) -> None:
        if (epochs := self._epochs()) is not None:
            self.hide()
            self.agreed.emit(epochs)


class Failure(Banner):
    """Hidden until something went wrong; offers the way out that fits."""

    found = Signal(object)
    """The ``Path`` where the run's dataset is now."""

    def __init__(self) -> None:
        super().__init__("bad")
        self.anew = self.add_action(tr("New training from this model"))
        self.find_dataset = self.add_action(tr("Find the dataset …"))
        self.find_dataset.clicked.connect(self._on_find)

    def show_end(self, run: Run) -> None:
        """Say why a run failed, and where it can only begin anew; hide where it did not fail."""
        end = run.history.end
        failed = end if run.state == "failed" and isinstance(end, Failed) else None
        only_model = failed is not None and run.folder.has_model() and not run.folder.checkpoint.is_file()
        self.anew.setVisible(only_model)
        self.find_dataset.hide()
        if failed is None:
            self.say("")
            return
        ways = tr("It has no checkpoint: to resume it is to begin anew, but a new training can start from its model.")
        self.say(failed.message, format.sentences(failed.hint, ways if only_model else ""), failed.traceback)

    def show_refusal(self, error: Exception) -> None:
        """Say why a run cannot go on."""
        from core.dataset.class_order import ClassesError  # loaded by who has tried
        from core.training.preparation import DatasetMissingError

        why, hint, details = error_texts(error)
        self.anew.setVisible(isinstance(error, ClassesError))
        self.find_dataset.setVisible(isinstance(error, DatasetMissingError))
        if isinstance(error, ClassesError):
            hint = tr("A new training can start from its model: classes of the same name keep what they learnt.")
        elif isinstance(error, DatasetMissingError):
            hint = tr("If it has moved, say where it is: the training goes on with it.")
        self.say(tr("The training cannot go on."), format.sentences(why, hint), details)

    def _on_find(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Where is the dataset now?"), str(Path.home()))
        if chosen:
            self.found.emit(Path(chosen))
