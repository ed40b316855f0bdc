"""Help from a model of one's own: start it on the images without annotations, and judge what it suggests."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent

from app.pages.annotate.image_stage import ImageStage
from app.pages.annotate.suggestion_list import USUAL_THRESHOLD, DrawnSuggestion, SuggestionList
from app.style import tokens
from app.tools.suggestion_adoption import AdoptableSuggestion
from app.tools.tool_context import ToolContext
from app.widgets import ElidedLabel, column
from app.widgets.buttons import button, link_button
from app.widgets.containers import group
from app.widgets.flow import Flow, Wrapping
from app.widgets.inputs import Slider
from app.widgets.run_picker import FitNote, RunPicker
from app.widgets.states import error_texts
from core.errors import UserError
from core.jobs import BoxMasksJob, SuggestJob
from core.runs.events import Failed
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList, Run
    from app.settings.settings import Settings

_LEAST = 0.1
"""Score from which on a model is heard at all: the slider decides what is shown of it."""
_SLIDER = 96
_THRESHOLD = "suggestions/threshold"
_ASK = tr("The model looks where nobody has labelled; what it finds waits here for you.")
_CHOOSE = tr("No model was trained on this dataset yet: train one, or choose one of another dataset.")
_TRAIN_FIRST = tr("Train a model first: it can then suggest masks on the images that are left.")


class SuggestionBar(Wrapping):
    """Comes by itself when there are suggestions, or when the person asks for it in the footer."""

    shown = Signal(bool)
    image_requested = Signal(int)
    """Go on to the image with this index: there are suggestions for it."""
    order_requested = Signal(object)
    """Put the images in the order of use, with this ``Run``'s model or with ``None``."""

    def __init__(
        self, document: "Document", jobs: "JobList", settings: "Settings", context: ToolContext, stage: ImageStage
    ) -> None:
        super().__init__()
        self._document, self._jobs, self._settings = document, jobs, settings
        self._context, self._stage = context, stage
        self._run: Run | None = None
        """The job that suggests, while it is at work."""
        self._dismissed = False
        """Whether the person wants to see nothing of it."""
        self.list = SuggestionList(document.editing, context, stage.class_styles)
        self.picker = RunPicker(jobs, document)
        self.start = button(
            tr("Pre-annotate"), "lightbulb", tr("Let the model suggest masks on all images without any")
        )
        self.here = button(tr("This image"), "", tr("Let the model look at the image in view only, whatever is on it"))
        self.stop = button(tr("Stop"), "", tr("Keep what there is so far"))
        order_tip = tr("Order the images: the most useful to label next first")
        self.order = button(tr("Useful first"), "sort-descending", order_tip)
        self.summary = ElidedLabel(role="dim")
        self.slider = Slider(tr("Least score of a suggestion"), _SLIDER, tr("Show suggestions from this score on"))
        self.accept, self.reject = button(tr("Accept all")), button(tr("Reject all"))
        self.everywhere = link_button(tr("On all images"), tr("Accept all at or above this score, on every image"))
        self._build()
        self._connect()
        self.list.set_threshold(settings.number(_THRESHOLD, USUAL_THRESHOLD))
        self.hide()

    def _build(self) -> None:
        self.slider.setRange(round(_LEAST * 100), 100)
        self.accept.setToolTip(tr("Accept all that are shown"))
        self.reject.setToolTip(tr("Offer these no more; undo offers them again"))
        model, judge = Flow(), Flow()
        model.addWidget(self.picker)
        model.addWidget(group(self.start, self.here, self.stop, self.order))
        judge.addWidget(self.summary)
        judge.addWidget(group(self.slider, self.accept, self.everywhere, self.reject))
        bars = column(model, FitNote(self.picker, self._jobs, self._document), judge, gap=tokens.TINY)
        bars.setContentsMargins(tokens.MEDIUM, tokens.TINY, tokens.MEDIUM, tokens.SMALL)
        self.setLayout(bars)

    def _connect(self) -> None:
        self.start.clicked.connect(lambda: self.begin())
        self.here.clicked.connect(self.begin_here)
        self.stop.clicked.connect(self._on_stop)
        self.order.clicked.connect(lambda: self.order_requested.emit(self.picker.run))
        self.picker.chosen.connect(self._show_job)
        self.slider.valueChanged.connect(self._on_slid)
        self.accept.clicked.connect(self.accept_shown)
        self.everywhere.clicked.connect(self.list.accept_everywhere)
        self.reject.clicked.connect(lambda: self.list.reject(self.list.shown))
        self.list.changed.connect(self._show)
        self.list.failed.connect(self.show_failure)
        for signal in (self._jobs.started, self._jobs.changed):
            signal.connect(self._on_run_changed)
        self._jobs.ended.connect(self._on_job_ended)
        self._document.editing.began.connect(self._begin)

    @Slot(bool)
    def show_or_dismiss(self, show: bool) -> None:
        """The person wants to see the bar and what is suggested, or neither."""
        self._dismissed = not show
        self._context.release_adopted()
        self._stage.view.expect_room()
        self._show()
        self.setVisible(show)

    # One by one, or all

    @Slot()
    def accept_shown(self) -> None:
        """Accept all that are shown on the image in view."""
        if not self._dismissed:
            self.list.accept(self.list.shown)

    @Slot()
    def accept_hovered(self) -> None:
        """Accept the suggestion under the mouse, or the adopted one. With the mouse elsewhere, the best one that is
        shown; where none is left, go on to the next image that has some."""
        found = self._hovered()
        if not (found or self._dismissed or self._context.adopted or self._stage.view.has_mouse):
            found = self.list.shown[:1]
        if not found and self._context.accept_adopted():
            return
        if found or self.list.shown or self._dismissed:
            self._apply(self.list.accept, found)
        elif elsewhere := self.list.elsewhere():
            here = self._context.image or 0
            self.image_requested.emit(next((image for image in elsewhere if image > here), elsewhere[0]))

    @Slot()
    def reject_hovered(self) -> None:
        """Reject the suggestion under the mouse, or the adopted one."""
        if (found := self._hovered()) or not self._context.adopted:
            self._apply(self.list.reject, found)
        else:
            self._context.change(tr("Reject suggestions"), dict.fromkeys(self._context.adopted))

    def _hovered(self) -> list[DrawnSuggestion]:
        shape = self._stage.view.hovered
        return [one for one in self.list.shown if one.shape is shape and shape.visible]

    def _apply(self, function: Callable[[list[DrawnSuggestion]], None], found: list[DrawnSuggestion]) -> None:
        if not found and self.list.shown and not self._dismissed:
            self._context.status_message.emit(tr("Point at a suggestion first"))
        function(found)

    # The job

    @Slot()
    def _begin(self) -> None:
        """Another dataset is edited."""
        self._dismissed = False
        self._run = next((run for run in self._jobs.running() if self._is_ours(run)), None)
        self._show_job()

    def begin(self, images: tuple[str, ...] = ()) -> None:
        """Let the chosen model look at the images that nobody has labelled, or at those with these file names."""
        model, dataset = self.picker.run, self._document.path
        if model is None or dataset is None:
            return
        self._document.saver.save()
        images = images or self._document.unwritten
        job = SuggestJob(model=str(model.folder.path), dataset=str(dataset), confidence=_LEAST, images=images)
        try:
            self._run = self._jobs.start(job, "suggest")
        except UserError as error:
            self.show_failure(error)
        self._show_job()

    @Slot()
    def begin_here(self) -> None:
        """Let the chosen model look at the image in view."""
        draft, image = self._document.editing.draft, self._context.image
        if draft is not None and image is not None:
            self.begin((draft.dataset.images[image].file_name,))

    def _on_stop(self) -> None:
        if self._run is not None:
            self._jobs.stop(self._run)

    def _is_ours(self, run: "Run") -> bool:
        return isinstance(run.job, SuggestJob | BoxMasksJob) and run.job.dataset == str(self._document.path)

    @Slot(object)
    def _on_run_changed(self, run: "Run", records: object = None) -> None:
        if self._is_ours(run) and run.state == "running":
            self._run = run
            self._show_job()
            if isinstance(run.job, BoxMasksJob) and not self._dismissed:
                self.show()  # it was begun elsewhere

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        if not self._is_ours(run):
            return
        self._run = None
        self._show_job()
        if isinstance(run.history.end, Failed):
            self.summary.setText(sentences(run.history.end.message, run.history.end.hint))
            self.show()
            return
        self.list.load()
        for warning in run.history.pressing[:1]:
            self._context.status_message.emit(sentences(warning.message, warning.hint))

    @Slot()
    def _show_job(self) -> None:
        working = self._run is not None
        self.stop.setVisible(working)
        self.stop.setEnabled(self._run is not None and self._run.asked is None)
        self.picker.setEnabled(not working)
        for start in (self.start, self.here):
            start.setVisible(not working)
            start.setEnabled(self.picker.run is not None)
        if self._run is None:
            self._show()
            return
        text, progress = self._run.history.stage or tr("Starting"), self._run.history.progress
        if progress is not None:
            images = tr_n("{n} image", "{n} images", progress.total)
            text = tr("{stage} · {done:,} of {images}", stage=text, done=progress.done, images=images)
        self.summary.setText(text)

    # What is offered

    @Slot()
    def _show(self) -> None:
        suggestions = self.list
        wanted = () if self._dismissed else suggestions.drawn
        self._stage.suggest([one.shape for one in wanted])
        self._context.set_suggestions(
            AdoptableSuggestion(one.suggestion, one.shape.mask) for one in wanted if one.shape.visible
        )
        shown, elsewhere = len(suggestions.shown), len(suggestions.elsewhere())
        for part in (self.slider, self.accept, self.reject, self.everywhere):
            part.setVisible(bool(suggestions.drawn or elsewhere))
        self.accept.setText(tr("Accept all ≥ {threshold:.2f}", threshold=suggestions.threshold))
        self.accept.setEnabled(bool(shown))
        self.reject.setEnabled(bool(shown))
        self.everywhere.setEnabled(bool(shown or elsewhere))
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(suggestions.threshold * 100))
        if self._run is None:
            self.summary.setText(self._status(shown, elsewhere))
        if suggestions.drawn and not self._dismissed:
            self.show()

    def _status(self, shown: int, elsewhere: int) -> str:
        """What there is, in a line: ``shown`` suggestions here, some ``elsewhere``."""
        suggestions = self.list.suggestions
        if suggestions is None:
            return _ASK if self.picker.run is not None else _CHOOSE if self.picker.count() else _TRAIN_FIRST
        below = len(self.list.drawn) - shown
        if shown:
            facts = [tr_n("{n} suggestion", "{n} suggestions", shown)]
        else:
            facts = [tr("Looking at this image …") if self.list.drawing and not below else tr("No suggestions")]
        if below:
            facts.append(tr_n("{n} below the threshold", "{n} below the threshold", below))
        if elsewhere:
            facts.append(tr_n("more for {n} other image", "more for {n} other images", elsewhere))
        if suggestions.left_out:
            facts.append(tr_n("{n} does not fit the dataset", "{n} do not fit the dataset", suggestions.left_out))
        return " · ".join([*facts, tr("from {model}", model=suggestions.title)])

    @Slot(int)
    def _on_slid(self, value: int) -> None:
        self._settings.write(_THRESHOLD, str(value / 100))
        self.list.set_threshold(value / 100)

    @Slot(object)
    def show_failure(self, error: Exception) -> None:
        """Say why there are no suggestions, or no order."""
        self.summary.setText(sentences(*error_texts(error)[:2]))
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.shown.emit(not self.isHidden())
