"""Merging the open dataset with another one into a new folder, after a look at what comes of it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.class_mapping import ClassMapping
from app.pages.dataset.merge_look import MergeLook
from app.pages.dataset.merge_sums import MergeSums
from app.pages.dataset.second_dataset import SecondDataset
from app.pages.dataset.shared_pictures import SharedPictures
from app.pages.dataset.views import View
from app.settings.settings import Settings
from app.style import tokens
from app.style.format import breakable
from app.widgets import Section, column, hairline, label, primary_button, row, scrolling
from app.widgets.buttons import button
from app.widgets.command_button import CommandButton
from app.widgets.focus import Stack, hand_on
from app.widgets.inputs import LineEdit
from app.widgets.job_bar import JobBar
from app.widgets.job_row import progress
from app.widgets.job_state import JobState
from app.widgets.open_dialogs import open_outside
from app.widgets.states import Banner, error_texts
from core.dataset.several.merge_plan import MergeReport
from core.errors import UserError
from core.files import free_name
from core.jobs import AnyJob, MergeJob
from core.runs import events
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run

_WIDEST = 720
_PAUSE_MS = 400
"""After the last change, before what comes of it is counted anew."""


class MergeView(View):
    """Asks for the other dataset, looks at it in a job, then shows a form and what it makes of both."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._first = ""
        """The path of the open dataset."""
        self._other: Path | None = None
        self._known: list[str] = []
        """Classes of the open dataset."""
        self.look = MergeLook(jobs, self)
        self._anew = True
        """Whether another dataset is looked at, and not another way to merge the same."""
        self.pick = SecondDataset(
            "git-merge",
            tr("Drop another dataset here to merge it with this one"),
            tr(
                "The two become a new folder, and stay as they are. Classes are one by their names; what becomes of "
                "others is asked."
            ),
        )
        self._loading = JobState(jobs, tr("Looking into both datasets …"))
        self.classes, self.result = ClassMapping(), Banner("good")
        self._sums = MergeSums()
        self.shared, self._carried = SharedPictures(), label(wrap=True)
        self.place, self.choose = LineEdit(tr("Folder to make")), button(tr("Choose …"), "folder-open")
        self.another = button(tr("Another dataset …"), "arrow-left")
        self.merge = primary_button(tr("Merge"), "git-merge")
        self.command = CommandButton(self.job)
        self.bar = JobBar(jobs, self._is_ours, self.merge, self.another, self.command)
        self.open_made = self.result.add_action(tr("Open it"))
        self.show_folder = self.result.add_action(tr("Show the folder"))
        self._made = Path()
        self._later = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
        place = row(self.place, self.choose)
        place.setStretch(0, 1)
        self._class_section = Section(tr("Classes of the other dataset"), self.classes)
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        content.setLayout(
            column(
                self.result,
                Section(tr("What comes of it"), self._sums, self._carried),
                Section(tr("Pictures that both have"), self.shared),
                self._class_section,
                Section(tr("Folder"), place),
                None,
                gap=tokens.LARGE,
                margin=tokens.LARGE,
            )
        )
        middle, self._form, self._stack = QWidget(), QWidget(), Stack()
        beside = row(content, None, gap=0)
        beside.setStretchFactor(content, 1000)  # what room there is goes to it first
        middle.setLayout(beside)
        self._form.setLayout(column(scrolling(middle), hairline(), self.bar, gap=0))
        for widget in (self.pick, self._loading, self._form):
            self._stack.addWidget(widget)
        self.setLayout(column(self._stack, gap=0))
        hand_on(self, self.merge, self.pick.folder)

    def _connect(self) -> None:
        self.pick.chosen.connect(self.look_at)
        self.another.clicked.connect(lambda: self._stack.setCurrentWidget(self.pick))
        self.shared.changed.connect(self._on_changed)
        self.classes.changed.connect(self._on_changed)
        self.place.textEdited.connect(self._update)
        self.choose.clicked.connect(self._on_choose)
        self.merge.clicked.connect(self._on_merge)
        self.open_made.clicked.connect(lambda: self.document.open(self._made))
        self.show_folder.clicked.connect(lambda: self.status_message.emit(open_outside(self._made)))
        self._later.timeout.connect(self._count)
        self.look.found.connect(self._show_report)
        self.look.failed.connect(self._on_failed)
        self.look.changed.connect(self._update)
        self.look.changed.connect(lambda: self._loading.follow(self.look.run))
        self._loading.stopped.connect(self._on_stopped)
        self.command.copied.connect(self.status_message)
        self.bar.changed.connect(self._update)
        self.bar.ended.connect(self._on_merged)
        self.document.saver.changed.connect(self._update)

    def show_index(self, index: ImageIndex | None) -> None:
        known = [category.name for category in index.dataset.categories] if index is not None else []
        if index is None or not self.document.is_open(self._first):
            self._other = None
            self.look.drop()
            self._stack.setCurrentWidget(self.pick)
            self.bar.look_for_run()
        self._known, self._first = known, str(self.document.path or "")
        if index is not None:
            self.pick.begin_at(index.dataset.root.parent)
        if self._other is not None:
            self._on_changed()  # it was saved: there may be more in it

    def take_dropped(self, paths: list[Path]) -> bool:
        if self.bar.run is None and len(paths) == 1:
            self.look_at(paths[0])
        return True

    @Slot(object)
    def look_at(self, other: Path) -> None:
        """Merge with the dataset at ``other``, once the person says so."""
        self._other, self._anew = other, True
        self.result.say("")
        self.pick.error.say("")
        self._stack.setCurrentWidget(self._loading)
        first = self.document.path or Path()
        self.place.setText(str(free_name(first.parent / f"{_stem(first)} + {_stem(other)}")))
        self._count()

    def job(self, *, dry_run: bool = False) -> MergeJob | None:
        """What the button starts; ``None`` while something is missing."""
        if self._other is None or self.document.path is None or not self.place.text().strip():
            return None
        return MergeJob(
            datasets=(str(self.document.path), str(self._other.absolute())),
            output=str(Path(self.place.text().strip()).expanduser().absolute()),
            classes=() if self._anew else self.classes.mapping(),
            duplicates=self.shared.duplicates,
            same=self.shared.same,
            dry_run=dry_run,
        )

    # What comes of it

    @Slot()
    def _on_changed(self) -> None:
        self._later.start()
        self._update()

    @Slot()
    def _count(self) -> None:
        job = self.job(dry_run=True)
        if job is not None:
            self.look.start(job)

    @Slot()
    def _on_stopped(self) -> None:
        """The look has ended, and what it found is read."""
        self.look.drop()
        self._other = None
        self._stack.setCurrentWidget(self.pick)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        banner = self.pick.error if self._anew else self.result
        banner.say(*error_texts(error), kind="bad")
        if self._anew:
            self._other = None
            self._stack.setCurrentWidget(self.pick)

    @Slot(object)
    def _show_report(self, report: MergeReport) -> None:
        if self._other is None:
            return
        if self._anew:
            self._anew = False
            others = [each for each in report.classes if each.dataset == 1]
            self.classes.show_classes(self._known, others)
            self._class_section.setVisible(bool(others))
        self._sums.show_report(report, self._known)
        differing = report.carried.in_words()
        self._carried.setText(breakable(sentences(*differing)))
        self._carried.setVisible(bool(differing))
        self.shared.show_report(report)
        self._update()
        self._stack.setCurrentWidget(self._form)  # which hands the keyboard on to what can be used

    # The job

    def _is_ours(self, job: AnyJob) -> bool:
        return isinstance(job, MergeJob) and not job.dry_run and job.datasets[0] == str(self.document.path)

    @Slot()
    def _on_choose(self) -> None:
        here = Path(self.place.text())
        if chosen := QFileDialog.getExistingDirectory(self, tr("Where the folder is made"), str(here.parent)):
            self.place.setText(str(free_name(Path(chosen) / here.name)))
            self._update()

    @Slot()
    def _on_merge(self) -> None:
        job = self.job()
        if job is None or self.bar.run is not None:
            return
        self.result.say("")
        try:
            self.bar.start(job, "merge")
        except UserError as error:
            self.result.say(*error_texts(error), kind="bad")

    @Slot(object)
    def _on_merged(self, run: "Run") -> None:
        assert isinstance(run.job, MergeJob)
        end, self._made = run.history.end, Path(run.job.output)
        done = isinstance(end, events.Done)
        for each in (self.open_made, self.show_folder):
            each.setVisible(done)
        if isinstance(end, events.Done):
            images = tr_n("{n} image", "{n} images", int(end.summary.get("images") or 0))
            self.result.say(tr("{images} are in {folder}.", images=images, folder=self._made), kind="good")
            self.place.setText(str(free_name(self._made)))
            self.open_made.setFocus()
        elif isinstance(end, events.Failed):
            self.result.say(end.message, end.hint, end.traceback, kind="bad")
        else:
            self.result.say(tr("The merge was stopped, and nothing has the name of the folder yet."), kind="warning")
        self._update()

    @Slot()
    def _update(self) -> None:
        job, saving = self.job(), self.document.saver.unsaved > 0
        self.merge.setEnabled(job is not None and self.bar.run is None and not saving and not self._anew)
        self.another.setEnabled(self.bar.run is None)
        if saving:
            self.bar.say(self.document.saver.words)
        elif self.look.run is not None:
            self.bar.say(progress(self.look.run))
        elif self._later.isActive():
            self.bar.say(tr("Counting …"))
        else:
            self.bar.say(tr("Choose a folder.") if job is None else "")


def _stem(path: Path) -> str:
    return path.name if path.is_dir() else path.name.split(".")[0]
