"""What is wrong with the dataset: the kinds of findings, those of one kind, and what mends them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.document.editing import AT_ONCE
from app.gallery.model import Filter, ImageIndex
from app.pages.dataset.finding_list import FindingList
from app.pages.dataset.health_findings import HealthFindings
from app.pages.dataset.kind_panel import KindPanel
from app.pages.dataset.views import VIEWS, View
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import EmptyState, column, hairline, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.command_button import CommandButton
from app.widgets.flow import Flow, Wrapping
from app.widgets.focus import Stack, hand_on
from app.widgets.job_bar import JobBar
from app.widgets.states import Banner, error_texts
from core.annotation.editing import fixes
from core.dataset.health.findings import Finding
from core.dataset.health.kinds import ACROSS, KINDS, LEFT_OUT
from core.dataset.splitting import excluded, united
from core.errors import UserError
from core.jobs import AnyJob, CheckJob
from core.runs import events
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run
    from core.annotation.editing.edits import Edit

_LOOKS_FOR = tr(
    "A check looks for faults in annotations and classes, for broken pictures, and for pictures that training and "
    "validation share."
)


class HealthView(View):
    """Shows one of: never checked, nothing found, the findings. The bar below says how far a check is."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._index: ImageIndex | None = None
        self.found = HealthFindings(document, self)
        self.kinds = KindPanel()
        self.kind = ""
        """The one whose findings are shown."""
        self.list = FindingList()
        self.title, self._why = label(role="title", wrap=True), label(role="dim", wrap=True)
        self.fix_all = button("", "magic-wand", tr("Mend all findings of this kind, as one step of undo"))
        self.images = button(tr("Show images"), "image-square", tr("Show the images of this kind in the gallery"))
        self.other_view = button("", "arrow-right", tr("Show the view in which this can be mended"))
        self.said = Banner("good")
        self.undo = self.said.add_action(tr("Undo"))
        self._split_last = False
        """Whether splits were changed after the last edit."""
        self.command = CommandButton(self.job)
        self.check = primary_button(tr("Check the dataset"), "magnifying-glass")
        self.bar = JobBar(jobs, self._is_ours, self.check, self.command)
        self.never = EmptyState("heartbeat")
        self.sound = EmptyState("check-circle", color="good_text")
        self._build()
        self._connect()

    def _build(self) -> None:
        buttons, actions = Wrapping(), Flow()
        for action in (self.fix_all, self.other_view, self.images):
            actions.addWidget(action)
        buttons.setLayout(actions)
        heading = column(self.title, self._why, tokens.TINY, buttons, gap=tokens.TINY)
        right = column(self.said, heading, self.list, gap=12)
        right.setContentsMargins(tokens.MEDIUM, tokens.MEDIUM, tokens.MEDIUM, 0)
        right.setStretch(2, 1)
        self._findings = QWidget()
        beside = row(self.kinds, hairline(vertical=True), right, gap=0)
        beside.setStretch(2, 1)
        self._findings.setLayout(beside)
        self._stack = Stack()
        for each in (self.never, self.sound, self._findings):
            self._stack.addWidget(each)
        self.setLayout(column(self._stack, hairline(), self.bar, gap=0))
        hand_on(self.fix_all, self.list)
        hand_on(self.undo, self.list)
        hand_on(self._findings, self.check)

    def _connect(self) -> None:
        self.found.changed.connect(self._show_findings)
        self.kinds.chosen.connect(self.show_kind)
        self.list.opened.connect(self._on_opened)
        self.list.fix_requested.connect(lambda finding: self._fix([finding]))
        self.fix_all.clicked.connect(
            lambda: self._fix(self.found.kinds.get(self.kind, ()), self.found.every(self.kind))
        )
        self.images.clicked.connect(lambda: self._show_images(self.title.text(), self.kind))
        self.other_view.clicked.connect(lambda: self.view_requested.emit(KINDS[self.kind].view, self.kind))
        self.undo.clicked.connect(self.take_back)
        self.command.copied.connect(self.status_message)
        self.check.clicked.connect(self._on_check)
        self.bar.changed.connect(self._update)
        self.bar.ended.connect(self._on_job_ended)
        self.document.saver.changed.connect(self._update)
        self.document.editing.repeated.connect(lambda: self.said.say(""))
        self.document.editing.refused.connect(self._on_refused)
        self.document.editing.edited.connect(self._on_edited)
        self.document.splitting.changed.connect(self._on_split)
        self.document.splitting.failed.connect(self._on_refused)

    def show_index(self, index: ImageIndex | None) -> None:
        anew = index is None or self._index is None or index.dataset.root != self._index.dataset.root
        self._index = index
        self.list.forget_pictures(self.document.editing.draft)
        if anew:
            self.kind = ""
            self.said.say("")
            self.found.forget()
            self.bar.look_for_run()
        if anew and index is not None:
            self.found.load(self.jobs.folder, index.dataset)
        elif index is not None:
            self._show_kind()  # the same findings, of the images as they are now
        self._update()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.document.refresh()  # a check reads what the files say
        self._update()

    # What is shown

    @Slot()
    def _show_findings(self) -> None:
        kinds = self.found.kinds
        if self.kind not in kinds:
            self.kind = next(iter(kinds), "")
        self._show_kind()
        checked = self.found.checked
        if checked is None:
            self._stack.setCurrentWidget(self.never)
        elif not kinds:
            images = tr_n("{n} image", "{n} images", checked.report.images)
            self.sound.say(tr("Nothing was found in {images}.", images=images), self.found.age())
            self._stack.setCurrentWidget(self.sound)
        elif self._stack.currentWidget() is not self._findings:
            self._stack.setCurrentWidget(self._findings)
            if self.isAncestorOf(self.window().focusWidget()):
                self.list.setFocus()  # the work goes on there
        self._update()

    @Slot(str)
    def show_kind(self, kind: str) -> None:
        """Show the findings of a kind."""
        self.kind = kind
        self.list.setCurrentIndex(self.list.model().index(0, 0))
        self._show_kind()

    def _show_kind(self) -> None:
        findings = self.found.kinds.get(self.kind, [])
        self.kinds.show_kinds(self.found.counts, self.kind)
        self.list.show_findings(findings, self._index.dataset if self._index is not None else None)
        if not findings:
            return
        about, number = KINDS[self.kind], self.found.counts[self.kind]
        self.title.setText(about.title(number))
        first = tr("The first {n:,} are listed.", n=len(findings)) if number > len(findings) else ""
        self._why.setText(sentences(about.why, first))
        self.fix_all.setVisible(bool(about.fix) and self.document.editing.draft is not None)
        self.fix_all.setText(tr("{fix}: all {number:,}", fix=about.fix, number=number))
        self.other_view.setText(next((entry.title for entry in VIEWS if entry.key == about.view), ""))
        self.other_view.setVisible(bool(self.other_view.text()))
        self.images.setVisible(any(each.images for each in findings) or any(each.classes for each in findings))

    @Slot()
    def _update(self) -> None:
        saving = self.document.saver.unsaved > 0
        at_work = tr("This dataset is being checked …")
        self.never.say(tr("This dataset has not been checked yet.") if self.bar.run is None else at_work, _LOOKS_FOR)
        self.check.setEnabled(self._index is not None and self.bar.run is None and not saving)
        self.check.setText(tr("Check again") if self.found.checked is not None else tr("Check the dataset"))
        self.command.setEnabled(self._index is not None)
        self.bar.say(self.document.saver.words if saving else self.found.age())

    # What is done

    @Slot(object)
    def _on_opened(self, finding: Finding) -> None:
        """Go to the object, or to the images where it is about several of them."""
        if self._index is None:
            return
        dataset = self._index.dataset
        if not finding.images or len(finding.images) > 1:
            self._show_images(KINDS[finding.kind].title(1), finding)
            return
        image = dataset.images[finding.images[0]]
        ids = dataset.ids(image)
        if finding.instances and finding.instances[0] in ids:
            self.instance_requested.emit(image.index, ids.index(finding.instances[0]))
        else:
            self.document.requested_image = image
            self.navigate.emit("annotate")

    def _show_images(self, caption: str, about: str | Finding) -> None:
        """Show the images that a finding or all of a kind are about in the gallery, or those of their classes."""
        assert self._index is not None
        findings = self.found.kinds.get(about, []) if isinstance(about, str) else [about]
        images = self.found.images(about) if isinstance(about, str) else set(about.images)
        classes = {id for each in findings if not each.images for id in each.classes}
        labels = frozenset(label for label, each in enumerate(self._index.dataset.categories) if each.id in classes)
        if labels:
            images.update(self._index.select(Filter(classes=labels)).indices.tolist())
        if images:
            self.images_requested.emit(caption, images)
        else:
            self.status_message.emit(tr("No image shows it"))

    def _fix(self, findings: Sequence[Finding], every: Callable[[], Sequence[Finding]] | None = None) -> None:
        """Mend these, or with ``every``, of which they are those that are listed, all that it finds."""
        draft = self.document.editing.draft
        if draft is None or not findings or not KINDS[findings[0].kind].fix:
            return
        kind, chosen = findings[0].kind, tuple(findings)
        if kind in (*ACROSS, *LEFT_OUT):
            images, divide = [each.images for each in chosen], united if kind in ACROSS else excluded
            title = KINDS[kind].title(len(chosen))
            self.document.splitting.apply(
                lambda dataset: divide(dataset, images), tr("{title}: {fix}", title=title, fix=KINDS[kind].fix)
            )
            return
        self.document.editing.perform(
            KINDS[kind].fix,
            lambda: fixes.fix(draft, every() if every is not None else chosen),
            lambda edit: self._show_done(tr("Done: {edit}.", edit=edit.name), undoable=True),
            lambda: self._show_done(tr("There was nothing left to do."), undoable=False),
            long=len(chosen) > AT_ONCE or kind in fixes.SLOW,
        )

    def _show_done(self, said: str, *, undoable: bool) -> None:
        self.undo.setVisible(undoable)
        self.said.say(said, kind="good")

    def take_back(self) -> None:
        if self._split_last and self.document.splitting.undoable:
            self.document.splitting.undo()
        else:
            self.document.editing.undo()

    @Slot()
    def _on_split(self) -> None:
        self._split_last = self.document.splitting.undoable
        self._show_done(self.document.splitting.done if self.isVisible() else "", undoable=self._split_last)

    @Slot(object)
    def _on_edited(self, edit: "Edit") -> None:
        self._split_last = False
        self.list.forget_pictures(self.document.editing.draft)

    @Slot(object)
    def _on_refused(self, error: UserError) -> None:
        if self.isVisible():  # it was asked for here
            self.undo.hide()
            self.said.say(*error_texts(error), kind="bad")

    # The job

    def job(self) -> CheckJob | None:
        """What the button starts; ``None`` while no dataset is open."""
        return CheckJob(dataset=str(self.document.path)) if self.document.path is not None else None

    def _is_ours(self, job: AnyJob) -> bool:
        return isinstance(job, CheckJob) and self.document.is_open(job.dataset)

    @Slot()
    def _on_check(self) -> None:
        job = self.job()
        if self.bar.run is not None or job is None:
            return
        self.said.say("")
        try:
            self.bar.start(job, CheckJob.kind())
        except UserError as error:
            self.status_message.emit(sentences(*error_texts(error)[:2]))

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        end = run.history.end
        if self._index is None:
            return
        if isinstance(end, events.Done):
            self.found.read(run.folder, self._index.dataset)
        elif isinstance(end, events.Failed):
            self.status_message.emit(sentences(tr("The check failed: {reason}", reason=end.message), end.hint))
        else:
            self.status_message.emit(tr("The check was stopped"))
