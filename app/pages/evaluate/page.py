"""Evaluate: what a trained model finds, image by image, beside what is annotated."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.canvas.image_loader import LoadedImage
from app.canvas.image_view import bind_view
from app.gallery.filmstrip import Filmstrip
from app.pages.evaluate.comparison_view import ComparisonView
from app.pages.evaluate.controls import Controls, PageStates
from app.pages.evaluate.metrics import MetricsPanel
from app.pages.evaluate.prediction_session import ImagePrediction, PredictionSession
from app.pages.page import Page
from app.runs.job_list import Run
from app.widgets import column, hairline
from app.widgets.focus import hand_on
from app.widgets.states import error_texts
from core.dataset import Image
from core.jobs import TrainJob
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings


class EvaluatePage(Page):
    """Controls above, the picture, a strip of images below; the figures are in the inspector."""

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__(document, jobs, settings)
        self.session = PredictionSession(jobs, self)
        self.controls, self.metrics = Controls(jobs, document, settings), MetricsPanel()
        self.comparison, self.film = ComparisonView(self.session.loader), Filmstrip()
        self.seen: LoadedImage | None = None
        """The image in view."""
        self.found: ImagePrediction | None = None
        """What the model finds in it."""
        self._model_of: Path | None = None
        """The folder of the run whose model is shown."""
        self._model_error: Exception | None = None
        """Why the model cannot be shown."""
        self.try_again = self.comparison.problem.add_action(tr("Try again"))
        self.states = PageStates(self.controls.picker, document)
        self.no_model, self.no_dataset = self.states.no_model, self.states.no_dataset
        self.unchosen = self.states.unchosen
        body = column(self.controls, hairline(), self.states.bar, self.comparison, self.film, gap=0)
        body.setStretch(3, 1)
        self.states.body.setLayout(body)
        self.setLayout(column(self.states))
        hand_on(self, self.film)
        self._connect()
        self._bind()
        self._on_dataset_changed()

    def _connect(self) -> None:
        session, controls = self.session, self.controls
        controls.picker.chosen.connect(self._on_run_chosen)
        controls.split_chosen.connect(self._show_split)
        controls.changed.connect(self._on_options_changed)
        controls.stepped.connect(self.film.step)
        self.film.chosen.connect(self._show_image)
        self.document.opened.connect(self._on_dataset_changed)
        self.document.renewed.connect(self._on_dataset_renewed)
        self.document.closed.connect(self._on_dataset_changed)
        self.jobs.changed.connect(self._on_job_changed)
        self.jobs.ended.connect(self._on_job_ended)
        session.preparing.connect(self.comparison.show_preparing)
        session.ready.connect(self._show_note)
        session.failed.connect(self._on_model_failed)
        session.unreadable.connect(self._on_image_failed)
        session.loader.loaded.connect(self._on_image_loaded)
        session.found.connect(self._on_instances_found)
        self.comparison.pointed.connect(self.pointed)
        self.comparison.zoomed.connect(self.zoomed)
        self.states.train_requested.connect(self.set_up_training)
        self.no_dataset.acted.connect(self._on_open_dataset)
        self.try_again.clicked.connect(self._on_try_again)

    def _bind(self) -> None:
        confidence = self.controls.confidence
        shortcuts, within = self.settings.shortcuts, Qt.ShortcutContext.WidgetWithChildrenShortcut
        shortcuts.bind_button("picture.previous", self, self.controls.previous, within)
        shortcuts.bind_button("picture.next", self, self.controls.next, within)
        shortcuts.bind_button("picture.labels", self, self.controls.labels, within)
        actions = {
            "picture.annotate": self._on_annotate,
            "evaluate.mode": self.controls.next_mode,
            "evaluate.lower": lambda: confidence.setValue(confidence.value() - 5),
            "evaluate.higher": lambda: confidence.setValue(confidence.value() + 5),
        }
        for id, function in actions.items():
            shortcuts.bind(id, self, function, within)
        bind_view(shortcuts, self, within, self.comparison.left, self.comparison.right)

    def inspector(self) -> QWidget:
        return self.metrics

    # Models

    @Slot(object)
    def _on_run_chosen(self, run: Run | None) -> None:
        self.metrics.show_run(run, self.document.dataset)
        self._use(run if self.isVisible() else None)
        self._settle()

    def _use(self, run: Run | None) -> None:
        """Get a run's model ready, unless it is: only while the page is in view, for it may take an export, and only
        when there are images to show it on."""
        if self.document.dataset is None:
            run = None
        path = run.folder.path if run is not None else None
        if path == self._model_of:
            return
        self._model_of = path
        self.found = self._model_error = None
        self._show_model_problem()
        self.comparison.show_predicted(())
        self.controls.note.setText("")
        self.session.use(run)

    @Slot()
    def _on_try_again(self) -> None:
        self._model_of = None
        self._use(self.controls.picker.run)

    @Slot(object)
    def _on_job_changed(self, run: Run) -> None:
        if run is self.controls.picker.run:
            self.metrics.show_run(run, self.document.dataset)
            self._show_note()

    @Slot()
    def _on_job_ended(self) -> None:
        if self.isVisible():
            self.jobs.refresh()

    # Images

    @Slot()
    def _on_dataset_changed(self) -> None:
        self.seen = self.found = None
        self.session.forget_dataset()
        self.comparison.show_picture(None, ())
        self.controls.show_splits(self.document.dataset)
        self._show_split(self.controls.split.currentData() or "")
        self.metrics.show_run(self.controls.picker.run, self.document.dataset)
        self._settle()

    @Slot()
    def _on_dataset_renewed(self) -> None:
        """The same images with other masks: the one in view stays."""
        image, split = self.film.image, self.controls.split.currentData()
        self._on_dataset_changed()
        if split != self.controls.split.currentData() and self.controls.split.findData(split) >= 0:
            self.controls.split.setCurrentIndex(self.controls.split.findData(split))
            self._show_split(split)
        if image is not None and (place := self.film.place(image.index)) is not None:
            self.film.choose(place)

    @Slot(str)
    def _show_split(self, split: str) -> None:
        dataset = self.document.dataset
        images = dataset.of_split(split) if dataset is not None else []
        self.film.show_images(dataset, images)
        if images:
            self._show_image(images[0])

    @Slot()
    def _on_annotate(self) -> None:
        """Correct the image in view on the Annotate page."""
        self.document.requested_image = self.film.image
        self.navigate.emit("annotate")

    @Slot(object)
    def _show_image(self, image: Image) -> None:
        dataset, count = self.document.dataset, self.film.count()
        self.controls.position.setText(f"{self.film.row + 1:,} / {count:,}")
        self.controls.previous.setEnabled(self.film.row > 0)
        self.controls.next.setEnabled(self.film.row < count - 1)
        self.found = None
        if dataset is not None and self.isVisible():
            self.session.show_image(dataset, image)

    @Slot(object)
    def _on_image_loaded(self, loaded: LoadedImage) -> None:
        self.seen = loaded
        self._show_model_problem()
        self.comparison.show_picture(loaded.picture, loaded.content)
        if self.found is not None and self.found.image is loaded.image:
            self._show_found(self.found)
        self._show_counts()

    @Slot(object)
    def _on_instances_found(self, found: ImagePrediction) -> None:
        self.found = found
        if self.seen is not None and self.seen.image is found.image:
            self._show_found(found)
        self._show_note()

    def _show_found(self, found: ImagePrediction) -> None:
        self._apply_threshold(found)
        self.comparison.show_predicted(found.shapes)
        self._show_counts()

    @Slot()
    def _on_options_changed(self) -> None:
        self.comparison.show_mode(self.controls.mode)
        self.comparison.show_labels(self.controls.labels.isChecked())
        if self.found is not None:
            self._apply_threshold(self.found)
            self.comparison.left.refresh()
            self._show_counts()
            self._show_note()

    def _apply_threshold(self, found: ImagePrediction) -> None:
        for shape in found.shapes:
            shape.visible = bool(found.prediction.scores[shape.key] >= self.controls.threshold)

    # Words

    def _show_counts(self) -> None:
        dataset, spec = self.document.dataset, self.session.spec
        if dataset is None or self.seen is None:
            return
        names = [category.name for category in dataset.categories]
        annotated = Counter(names[instance.label] for instance in dataset.instances(self.seen.image))
        found = None
        if self.found is not None and self.found.image is self.seen.image and spec is not None:
            shown = self.found.prediction.above(self.controls.threshold)
            found = Counter(spec.classes[int(label)].name for label in shown.labels)
        self.metrics.show_counts(found, annotated, names, coming=self.controls.picker.run is not None)

    @Slot()
    def _show_note(self) -> None:
        xml = self.session.xml
        if xml is None or self.session.spec is None:
            return
        parts = [f"OpenVINO {xml.parent.name.upper()}", "CPU"]
        run, epoch = self.controls.picker.run, self.session.epoch
        if epoch and run is not None and (best := run.history.best) is not None:
            parts.insert(
                0,
                tr("model of epoch {epoch}, figures of epoch {best}", epoch=epoch, best=best.epoch)
                if best.epoch != epoch
                else tr("model of epoch {epoch}", epoch=epoch),
            )
        if self.found is not None:
            parts.append(tr("{time:.0f} ms", time=self.found.seconds * 1000))
            if self.found.prediction.lacks(self.controls.threshold):
                parts.append(tr("as many objects as it may find: there can be more"))
        self.controls.note.setText(" · ".join(parts))

    @Slot(object)
    def _on_model_failed(self, error: Exception) -> None:
        self._model_error = error
        self._show_model_problem()

    def _show_model_problem(self) -> None:
        """Show why there is no model, or nothing: what was said of the image before is taken away."""
        self.try_again.setVisible(self._model_error is not None)
        if self._model_error is None:
            self.comparison.problem.say("")
        else:
            message, hint, details = error_texts(self._model_error)
            self.comparison.problem.say(tr("The model cannot be shown. {reason}", reason=message), hint, details)

    @Slot(object)
    def _on_image_failed(self, error: Exception) -> None:
        self.try_again.hide()
        self.comparison.problem.say(*error_texts(error))

    # What there is to show

    def _settle(self) -> None:
        """Show the picture, or what is missing for it."""
        self.states.settle()
        if self.isVisible() and not self.isAncestorOf(self.window().focusWidget()):
            self.film.setFocus(Qt.FocusReason.OtherFocusReason)  # arrows, A and D work at once

    @Slot()
    def _on_open_dataset(self) -> None:
        run = self.controls.picker.run
        if run is not None and isinstance(run.job, TrainJob):
            self.document.open(Path(run.job.dataset))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._settle()
        self.jobs.refresh()
        self._use(self.controls.picker.run)
        if self.film.image is not None and (self.seen is None or self.seen.image is not self.film.image):
            self._show_image(self.film.image)
