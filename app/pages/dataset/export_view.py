"""Exporting the open dataset: in which format, which splits, where to, and what is lost on the way."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFileDialog, QRadioButton, QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.image_selection import ImageSelection
from app.pages.dataset.views import View
from app.settings.settings import Settings
from app.style import tokens
from app.threads.workers import LatestWorker
from app.widgets import Section, chip, column, hairline, label, link_button, primary_button, row, scrolling
from app.widgets.buttons import button
from app.widgets.command_button import CommandButton
from app.widgets.containers import clear
from app.widgets.flow import Flow, Wrapping
from app.widgets.inputs import LineEdit
from app.widgets.job_bar import JobBar
from app.widgets.open_dialogs import open_outside
from app.widgets.states import Banner, error_texts
from core.dataset import Dataset, Image
from core.dataset.formats.losses import losses
from core.dataset.formats.recognition import FORMATS, exported_name
from core.errors import UserError
from core.files import free_name
from core.jobs import AnyJob, ConvertJob
from core.jobs.convert import TARGETS
from core.runs import events
from core.runs.control import CancelRequested, Check
from core.words import sentences, tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run

_WIDEST = 720
_TITLES = {"coco": "COCO"} | {format.key: format.title for format in FORMATS}
_LOSES = {format.key: format.loses for format in FORMATS}
_LINKED = tr("They take no room, and are the dataset’s own files: nothing may be written into them.")
_COPIED = tr("The folder stands for itself, and can be moved to another machine.")
_WHAT_FOR = {
    "coco": tr("A JSON file for each split beside the pictures, with everything that the dataset holds."),
    "yolo": tr("data.yaml with images and labels in folders of their own, as Ultralytics trains on."),
    "voc": tr("Pictures of instances and classes, and an XML file for each image."),
    "labelme": tr("A JSON file beside each picture, as LabelMe opens it."),
    "masks": tr("A 16-bit picture for each image, in which every instance has a number, as Cellpose and Fiji read it."),
    "datumaro": tr("Datumaro’s own format."),
}


class ExportView(View):
    """A form, and a bar that says how far the export is."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__(document, jobs, settings)
        self._index: ImageIndex | None = None
        self._made = Path()
        """What the last export made."""
        self._wanted: tuple[Dataset, Sequence[Image], str] | None = None
        """What is counted: which images, for which format."""
        self._selection: ImageSelection | None = None
        """The images that are exported; ``None``: those of the chosen splits."""
        self._own_place = False
        """Whether the person has said where to."""
        self.formats = {key: chip(_TITLES[key]) for key in TARGETS}
        self.splits: dict[str, QCheckBox] = {}
        self.link, self.copy = QRadioButton(tr("Linked")), QRadioButton(tr("Copied"))
        self.place = LineEdit(tr("Folder to make"))
        self.choose = button(tr("Choose …"), "folder-open", tr("Choose where the folder is made"))
        self.result, self._lost = Banner("good"), label(role="dim", wrap=True)
        self._what_for, self._how = label(role="dim", wrap=True), label(role="dim", wrap=True)
        self.command = CommandButton(self.job)
        self.export = primary_button(tr("Export"), "export")
        self.bar = JobBar(jobs, self._is_ours, self.export, self.command)
        self.show_folder = self.result.add_action(tr("Open the folder"))
        self._counting = LatestWorker(self)
        self._build()
        self._connect()

    def _build(self) -> None:
        formats, pictures = QButtonGroup(self), QButtonGroup(self)
        for each in self.formats.values():
            formats.addButton(each)
        self.formats["coco"].setChecked(True)
        for radio in (self.link, self.copy):
            pictures.addButton(radio)
        self.link.setChecked(True)
        self._splits, place = Flow(), row(self.place, self.choose)
        self._splits_section = Section(tr("Splits"), _wrapping(self._splits, ()))
        self._selected, self.all_images = label(), link_button(tr("Export all images"))
        self._selected_section = Section(tr("Images"), row(self._selected, self.all_images, None))
        self._selected_section.hide()
        place.setStretch(0, 1)
        content = QWidget()
        content.setMaximumWidth(_WIDEST)
        content.setLayout(
            column(
                self.result,
                Section(tr("Format"), _wrapping(Flow(), self.formats.values()), self._what_for),
                self._selected_section,
                self._splits_section,
                Section(tr("Pictures"), row(self.link, self.copy, None, gap=tokens.MEDIUM), self._how),
                Section(tr("Folder"), place),
                Section(tr("What is lost"), self._lost),
                None,
                gap=tokens.LARGE,
                margin=tokens.LARGE,
            )
        )
        middle = QWidget()
        beside = row(content, None, gap=0)
        beside.setStretchFactor(content, 1000)  # what room there is goes to it first
        middle.setLayout(beside)
        self.setLayout(column(scrolling(middle), hairline(), self.bar, gap=0))

    def _connect(self) -> None:
        for each in self.formats.values():
            each.clicked.connect(self._on_changed)
        for radio in (self.link, self.copy):
            radio.clicked.connect(self._on_changed)
        self.place.textEdited.connect(self._on_place_typed)
        self.choose.clicked.connect(self._on_choose)
        self.command.copied.connect(self.status_message)
        self.export.clicked.connect(self._on_export)
        self.all_images.clicked.connect(lambda: self.show_selection(None))
        self.show_folder.clicked.connect(lambda: self.status_message.emit(open_outside(self._made)))
        self._counting.done.connect(self._on_counted)
        self.bar.changed.connect(self._update)
        self.bar.ended.connect(self._on_job_ended)
        self.document.saver.changed.connect(self._update)

    def show_index(self, index: ImageIndex | None) -> None:
        anew = index is None or self._index is None or index.dataset.root != self._index.dataset.root
        self._index = index
        if anew:
            self._counting.drop()
            self._wanted = None
            self.show_selection(None)
        if index is None:
            return
        if anew:
            self.bar.look_for_run()
            self.result.say("")
        if [*self.splits] != [*index.dataset.splits]:
            clear(self._splits)
            self.splits = {split: QCheckBox() for split in index.dataset.splits}
            for box in self.splits.values():
                box.setChecked(True)
                box.toggled.connect(self._on_changed)
                self._splits.addWidget(box)
        for split, box in self.splits.items():
            number = self.document.split_counts.get(split, 0)
            box.setText(tr("{split} ({number:,})", split=split, number=number))
        self._on_changed()

    def show_selection(self, selection: ImageSelection | None) -> None:
        total, number = sum(self.document.split_counts.values()), len(selection.images) if selection else 0
        self._selection, self._own_place = selection, False
        self._selected.setText(tr_n("{shown:,} of {n} image", "{shown:,} of {n} images", total, shown=number))
        self._selected_section.setVisible(selection is not None)
        self._splits_section.setVisible(selection is None)
        self._on_changed()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_changed()

    @property
    def format(self) -> str:
        """The key of the chosen format."""
        return next(key for key, each in self.formats.items() if each.isChecked())

    def job(self) -> ConvertJob | None:
        """What the button starts; ``None`` while something is missing."""
        chosen = self._chosen_splits()
        if self.document.path is None or not self._is_complete():
            return None
        fields: dict[str, Any] = {"only_split": chosen if len(chosen) < len(self.splits) else ()}
        if self._selection is not None and self.document.dataset is not None:
            fields = self._selection.fields(self.document.dataset)
        return ConvertJob(
            source=str(self.document.path),
            output=str(Path(self.place.text().strip()).expanduser().absolute()),
            to=self.format,
            format="coco",
            pictures="copy" if self.copy.isChecked() else "link",
            **fields,
        )

    def _chosen_splits(self) -> tuple[str, ...]:
        return tuple(split for split, box in self.splits.items() if box.isChecked())

    def _is_complete(self) -> bool:
        """Whether there is a ``job``, which may have a hundred thousand names."""
        return self.document.path is not None and bool(self._chosen_splits()) and bool(self.place.text().strip())

    # What is asked for

    @Slot()
    def _on_changed(self) -> None:
        if self._index is None or not self.isVisible():
            return
        dataset, format = self._index.dataset, self.format
        self._what_for.setText(_WHAT_FOR[format])
        self._how.setText(_COPIED if self.copy.isChecked() else _LINKED)
        if not self._own_place:
            what = _TITLES[format] if self._selection is None else tr("part")
            self.place.setText(str(free_name(dataset.root.parent / exported_name(dataset.root.name, what))))
        chosen = self._chosen_splits()
        images = [image for image in dataset.images if image.split in chosen]
        self._lost.setText(tr("Looking into the annotations …"))
        self._wanted = wanted = (dataset, self._selection.images if self._selection else images, format)

        def check() -> None:
            if self._wanted is not wanted:
                raise CancelRequested

        self._counting.run(_losses, *wanted, check)
        self._update()

    @Slot(object)
    def _on_counted(self, sentences: list[str]) -> None:
        self._lost.setText("\n".join(sentences) or tr("Nothing."))

    @Slot()
    def _on_place_typed(self) -> None:
        self._own_place = True
        self._update()

    @Slot()
    def _on_choose(self) -> None:
        here = Path(self.place.text())
        if chosen := QFileDialog.getExistingDirectory(self, tr("Where the folder is made"), str(here.parent)):
            self._own_place = True
            self.place.setText(str(free_name(Path(chosen) / here.name)))
            self._update()

    # The job

    def _is_ours(self, job: AnyJob) -> bool:
        return isinstance(job, ConvertJob) and job.source == str(self.document.path)

    @Slot()
    def _on_export(self) -> None:
        job = self.job()
        if job is None or self.bar.run is not None:
            return
        self.result.say("")
        try:
            self.bar.start(job, "convert")
        except UserError as error:
            self.result.say(*error_texts(error), kind="bad")

    @Slot(object)
    def _on_job_ended(self, run: "Run") -> None:
        assert isinstance(run.job, ConvertJob)
        end, self._made = run.history.end, Path(run.job.output)
        self.show_folder.setVisible(isinstance(end, events.Done))
        self._own_place = not isinstance(end, events.Done)
        if isinstance(end, events.Done):
            images = tr_n("{n} image", "{n} images", int(end.summary.get("images") or 0))
            said = tr("{images} are in {folder}.", images=images, folder=self._made)
            told = "\n".join(sentences(warning.message, warning.hint) for warning in run.history.pressing)
            self.result.say(said, "", told, kind="good")
        elif isinstance(end, events.Failed):
            self.result.say(end.message, end.hint, end.traceback, kind="bad")
        else:
            self.result.say(
                tr("The export was stopped, and nothing has the name of the folder yet."),
                tr("Export once more to go on where it was."),
                kind="warning",
            )
        self._on_changed()

    @Slot()
    def _update(self) -> None:
        complete, saving = self._is_complete(), self.document.saver.unsaved > 0
        self.export.setEnabled(complete and self.bar.run is None and not saving)
        self.command.setEnabled(complete)
        missing = "" if complete else tr("Choose a split, and a folder.")
        self.bar.say(self.document.saver.words if saving else missing)


def _losses(dataset: Dataset, images: Sequence[Image], format: str, check: Check) -> list[str]:
    missing = sum(not dataset.has_picture(image) for image in images)
    said = [tr_n("{n} picture is missing.", "{n} pictures are missing.", missing)] if missing else []
    return said + losses(dataset, images, _LOSES.get(format, ()), check)


def _wrapping(flow: Flow, items: Iterable[QWidget]) -> QWidget:
    for item in items:
        flow.addWidget(item)
    result = Wrapping()
    result.setLayout(flow)
    return result
