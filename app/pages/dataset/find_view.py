"""Finding pictures that are missing: where to look, what was found and how surely, and bringing it."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.notices import PICTURES
from app.pages.dataset.views import View
from app.settings.settings import Settings
from app.style import tokens
from app.style.format import tool_tip
from app.threads.workers import LatestWorker
from app.widgets import column, hairline, label, primary_button, row
from app.widgets.buttons import button
from app.widgets.inputs import ComboBox, LineEdit
from app.widgets.job_bar import JobBar
from app.widgets.states import Banner, error_texts
from core.dataset import Dataset
from core.dataset.lost_pictures.job import read_findings
from core.dataset.lost_pictures.place import FILE, PlacedPicture, place, take_back
from core.dataset.lost_pictures.search import Doubt, Findings
from core.errors import UserError
from core.jobs import AnyJob, FindPicturesJob
from core.plain_text import printable
from core.runs import events
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run

_LISTED = 500
"""Pictures of each kind that are listed; of more, only how many there are."""
_HOW = {
    "content": tr("by its content"),
    "name": tr("by name and size"),
    "likeness": tr("by size and a similar name"),
}


class FindView(View):
    """A folder, a list of what was found in it, and a bar."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._index: ImageIndex | None = None
        self._findings: Findings | None = None
        self._folder = Path()
        """Of the run that found them."""
        self._choices: dict[int, ComboBox] = {}
        """By ``Image.index``: which of several pictures it is."""
        self._returns = False
        """Whether the dataset is being opened anew because of what was done here."""
        self._facts = label(wrap=True)
        self.place = LineEdit(tr("Folder to look in"))
        self.choose = button(tr("Choose …"), "folder-open", tr("Choose the folder to look in"))
        self.result = Banner("good")
        self.undo = self.result.add_action(tr("Undo"))
        self.undo.setToolTip(tr("Take the links away again; the pictures stay where they are"))
        self.list = QTreeWidget()
        self.alike = QCheckBox(tr("Also those with only a similar name"))
        self.search = button(tr("Search"), "magnifying-glass")
        self.use = primary_button(tr("Use them"), "check")
        self.bar = JobBar(jobs, self._is_ours, self.use, self.search)
        self._missing = 0
        self._counting, self._reading = LatestWorker(self), LatestWorker(self)
        self._placing, self._removing = LatestWorker(self), LatestWorker(self)
        self._build()
        self._connect()
        self._update()

    def _build(self) -> None:
        self.list.setHeaderLabels([tr("Image"), tr("Found"), tr("How")])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(False)
        self.list.setAccessibleName(tr("Pictures that were found"))
        self.list.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        where = row(self.place, self.choose)
        where.setStretch(0, 1)
        parts = column(
            self.result, self._facts, where, self.list, self.alike, None, gap=tokens.MEDIUM, margin=tokens.LARGE
        )
        parts.setStretchFactor(self.list, 1000)  # while it is there, all the room is its
        content = QWidget()
        content.setLayout(parts)
        page = column(content, hairline(), self.bar, gap=0)
        page.setStretch(0, 1)
        self.setLayout(page)

    def _connect(self) -> None:
        self.choose.clicked.connect(self._on_choose)
        self.place.textEdited.connect(self._update)
        self.place.returnPressed.connect(self._on_search)
        self.search.clicked.connect(self._on_search)
        self.use.clicked.connect(self._on_use)
        self.undo.clicked.connect(self._on_undo)
        self.alike.toggled.connect(self._update)
        self.bar.changed.connect(self._update)
        self.bar.ended.connect(self._on_job_ended)
        self._counting.done.connect(self._on_counted)
        self._reading.done.connect(self._show_findings)
        self._placing.done.connect(self._on_placed)
        self._removing.done.connect(self._on_removed)
        for worker in (self._reading, self._placing, self._removing):
            worker.failed.connect(self._on_failed)

    def show_index(self, index: ImageIndex | None) -> None:
        before = self._index
        self._index = index
        anew = index is None or before is None or index.dataset.root != before.dataset.root
        if anew:
            self.result.say("")
            self.place.setText("")
        if index is None or before is None or anew or _missing_names(index.dataset) != _missing_names(before.dataset):
            self._reading.drop()
            self._show_findings(None)  # they are of other pictures
        self._counting.drop()
        if index is None:
            return
        self._counting.run(_missing_of, index.dataset)
        self.bar.look_for_run()
        if self._returns:
            self._returns = False
            QTimer.singleShot(0, self, lambda: self.view_requested.emit(PICTURES, ""))

    @Slot(object)
    def _on_counted(self, missing: int) -> None:
        self._missing = missing
        self._update()

    def pictures(self) -> dict[int, Path]:
        """What the button brings, by ``Image.index``."""
        if self._findings is None:
            return {}
        sure = {
            each.image: Path(each.path)
            for each in self._findings.found
            if each.how != "likeness" or self.alike.isChecked()
        }
        chosen = {image: Path(box.currentData()) for image, box in self._choices.items() if box.currentData()}
        return sure | chosen

    # Searching

    def _is_ours(self, job: AnyJob) -> bool:
        return isinstance(job, FindPicturesJob) and job.dataset == str(self.document.path)

    @Slot()
    def _on_choose(self) -> None:
        start = self.place.text() or str(self.document.path.parent if self.document.path else Path.home())
        if chosen := QFileDialog.getExistingDirectory(self, tr("Folder to look in"), start):
            self.place.setText(chosen)
            self._on_search()

    @Slot()
    def _on_search(self) -> None:
        place = self.place.text().strip()
        if not place or self.bar.run is not None or self.document.path is None:
            return
        self.result.say("")
        self._show_findings(None)
        job = FindPicturesJob(dataset=str(self.document.path), folder=str(Path(place).expanduser().absolute()))
        try:
            self.bar.start(job, "find")
        except UserError as error:
            self._on_failed(error)

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        end = run.history.end
        if isinstance(end, events.Done):
            self._folder = run.folder.path
            self._reading.run(read_findings, run.folder.path)
        elif isinstance(end, events.Failed):
            self.undo.hide()
            self.result.say(end.message, end.hint, end.traceback, kind="bad")

    @Slot(object)
    def _show_findings(self, findings: Findings | None) -> None:
        self._findings = findings
        self._choices.clear()
        self.list.clear()
        if findings is not None:
            shown = sorted(findings.found, key=lambda each: each.how != "likeness")  # what is least sure comes first
            for doubt in findings.doubts[:_LISTED]:
                self._add_doubt(findings, doubt)
            for each in shown[:_LISTED]:
                self._add(findings.names[str(each.image)], each.path, _HOW[each.how])
        self._update()

    def _add(self, name: str, found: str, how: str) -> QTreeWidgetItem:
        texts = [name, found, how]
        item = QTreeWidgetItem(self.list, [*map(printable, texts)])
        for part, text in enumerate(texts):
            item.setData(part, Qt.ItemDataRole.ToolTipRole, tool_tip(text))
        return item

    def _add_doubt(self, findings: Findings, doubt: Doubt) -> None:
        name = findings.names[str(doubt.image)]
        item = self._add(name, "" if doubt.paths else tr("Nothing"), doubt.reason)
        if doubt.paths:
            choice = self._choices[doubt.image] = ComboBox()
            choice.setAccessibleName(tr("Picture of {name}", name=printable(name)))
            choice.addItem(tr("Leave it missing"), "")
            for path in doubt.paths:
                choice.addItem(printable(path), path)
            choice.currentIndexChanged.connect(self._update)
            self.list.setItemWidget(item, 1, choice)

    # Bringing, and taking back

    @Slot()
    def _on_use(self) -> None:
        if self._index is not None and (pictures := self.pictures()):
            self._placing.run(place, self._index.dataset, pictures, self._folder / FILE)
            self._update()

    @Slot(object)
    def _on_placed(self, placed: list[PlacedPicture]) -> None:
        self.undo.show()
        self.result.say(
            tr_n("{n} picture is in its place.", "{n} pictures are in their places.", len(placed)),
            tr("They are links in the dataset’s folder; its annotation files stay as they are."),
            kind="good",
        )
        self._open_again()

    @Slot()
    def _on_undo(self) -> None:
        self._removing.run(take_back, self._folder / FILE)

    @Slot(object)
    def _on_removed(self, number: int) -> None:
        self.undo.hide()
        self.result.say(tr_n("{n} link was taken away.", "{n} links were taken away.", number), kind="good")
        self._open_again()

    def _open_again(self) -> None:
        if self.document.path is not None:
            self._returns = True
            self.document.open(self.document.path)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.undo.hide()
        self.result.say(*error_texts(error), kind="bad")
        self._update()

    @Slot()
    def _update(self) -> None:
        missing, working = self._missing, self.bar.run is not None
        self._facts.setText(
            tr_n(
                "{n} picture is missing. Choose the folder to look in; what lies below it is searched too.",
                "{n} pictures are missing. Choose the folder to look in; what lies below it is searched too.",
                missing,
            )
            if missing
            else tr("No picture is missing.")
        )
        findings, number = self._findings, len(self.pictures())
        alike = sum(each.how == "likeness" for each in findings.found) if findings is not None else 0
        self.list.setVisible(findings is not None and self.list.topLevelItemCount() > 0)
        self.alike.setVisible(alike > 0)
        self.alike.setText(
            tr_n(
                "Also {n} with the size and only a similar name",
                "Also {n} with the size and only a similar name",
                alike,
            )
        )
        self.search.setEnabled(bool(self.place.text().strip()) and bool(missing) and not working)
        self.use.setEnabled(number > 0 and not working and not self._placing.busy)
        self.use.setText(tr_n("Use {n} picture", "Use {n} pictures", number) if number else tr("Use them"))
        self.bar.say(_summary(findings) if findings is not None else "")


def _missing_of(dataset: Dataset) -> int:
    return len(dataset.without_picture)


def _missing_names(dataset: Dataset) -> list[tuple[int, str]]:
    return [(index, dataset.images[index].file_name) for index in dataset.without_picture]


def _summary(findings: Findings) -> str:
    """What was found, in a line."""
    found, doubtful, all = len(findings.found), len(findings.doubts), len(findings.missing)
    facts = [tr("{found:,} of {all:,} found", found=found, all=all)]
    if doubtful:
        facts.append(tr_n("{n} doubtful", "{n} doubtful", doubtful))
    if left := all - found - doubtful:
        facts.append(tr_n("{n} not found", "{n} not found", left))
    return " · ".join(facts)
