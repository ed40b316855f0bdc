"""Making masks: by hand and with help, saved as they are made, and on to training."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from app.canvas.picture import needs_pyramid
from app.pages.annotate.actions import Actions
from app.pages.annotate.class_panel import ClassPanel
from app.pages.annotate.footer import Footer
from app.pages.annotate.image_stage import ImageStage
from app.pages.annotate.instance_panel import InstancePanel
from app.pages.annotate.notices import Notices
from app.pages.annotate.suggestion_bar import SuggestionBar
from app.pages.annotate.tool_switch import ToolSwitch
from app.pages.annotate.view_menu import ViewMenu
from app.pages.annotate.visibility import Visibility
from app.pages.annotate.work_order import WorkOrder
from app.pages.page import Page
from app.style import tokens
from app.tools.tool_context import ToolContext
from app.widgets import EmptyState, LoadingState, column, hairline, open_dialogs, row
from app.widgets.focus import Stack, hand_on
from app.widgets.states import error_texts
from core.annotation.editing.edits import ClassEdit, Edit, InstanceEdit, labelled_images, parts
from core.dataset import Image
from core.dataset.model import same_image
from core.words import sentences, tr

if TYPE_CHECKING:
    from app.document.document import Document
    from app.runs.job_list import JobList
    from app.settings.settings import Settings

_FIRST_TOOL = "select"
_UNNAMED = "object"
"""The class of what was drawn and not named."""


class AnnotatePage(Page):
    """Puts its parts together and says which image is in view; what they do is theirs."""

    def __init__(self, document: "Document", jobs: "JobList", settings: "Settings") -> None:
        super().__init__(document, jobs, settings)
        self.editing = document.editing
        self.context = ToolContext(self.editing)
        self.visibility = Visibility(self.context)
        self._last_chosen: tuple[Path, Image] | None = None
        """The folder of the dataset and the image that the person turned to, which may be of the dataset before."""
        self.stage, self.footer = ImageStage(self.editing, self.context), Footer()
        self.tools = ToolSwitch(self.context, self.stage.view, settings)
        self.display = ViewMenu(settings)
        self.stage.view.set_display(self.display.display)
        self.notices = Notices(document, self.context)
        self.suggestions = SuggestionBar(document, jobs, settings, self.context, self.stage)
        self.ordering = WorkOrder(document, jobs)
        self.classes = ClassPanel(self.editing, self.context, self.visibility)
        self.instances = InstancePanel(self.context, lambda id: self.stage.class_styles()[id][1], self.visibility)
        self.commands = Actions(document, settings, self.context, self.stage, self.tools, self.footer)
        self._empty = EmptyState(
            "pencil-simple",
            tr("Open a folder of images, or a dataset, to draw masks."),
            tr("Images without annotations are all you need to begin."),
            tr("Open a folder"),
            "folder-open",
        )
        self._loading = LoadingState(tr("Reading the dataset …"))
        self._locked = EmptyState("lock-simple", "", "", tr("Try again"), "arrow-clockwise")
        hand_on(self, self.stage.view)
        self._build()
        self._connect()
        self.tools.choose(settings.text("tool") or _FIRST_TOOL)
        self._begin()
        self.commands.bind(self, self.classes, self.instances, self.suggestions)

    def _build(self) -> None:
        above = row(self.tools.options, self.display, self.commands.undo_button, self.commands.redo_button, gap=2)
        above.setStretch(0, 1)
        above.setContentsMargins(0, 0, tokens.SMALL, 0)
        middle = column(
            above, hairline(), self.notices, self.tools.weights, self.suggestions, self.stage, hairline(),
            self.footer, gap=0,
        )  # fmt: skip
        middle.setStretch(5, 1)
        body = row(self.tools.strip, hairline(vertical=True), middle, gap=0)
        body.setStretch(2, 1)
        self._body = QWidget()
        self._body.setLayout(body)
        inspector = column(self.classes, hairline(), self.instances)
        inspector.setContentsMargins(tokens.SMALL, tokens.SMALL, tokens.SMALL, tokens.SMALL)
        inspector.setStretch(0, 2)
        inspector.setStretch(2, 3)
        self._inspector = QWidget()
        self._inspector.setLayout(inspector)
        self._stack = Stack()
        for part in (self._empty, self._loading, self._locked, self._body):
            self._stack.addWidget(part)
        self.setLayout(column(self._stack, gap=0))

    def _connect(self) -> None:
        document = self.document
        document.opening.connect(self.finish)
        document.opening.connect(lambda: self._stack.setCurrentWidget(self._loading))
        document.failed.connect(self._show_what_there_is)
        document.opened.connect(self._turn_to_requested)
        document.closed.connect(self._begin)
        document.renewed.connect(self.footer.renew)
        document.renewed.connect(self.stage.loader.renew)
        document.saver.returned.connect(self._on_disk_returned)
        self.editing.began.connect(self._begin)
        self.editing.edited.connect(self._on_edited)
        self.editing.working.connect(self._on_working)
        self._empty.acted.connect(lambda: open_dialogs.ask_for_folder(self, document))
        self._locked.acted.connect(self._open_again)
        self.display.changed.connect(self.stage.view.set_display)
        self.visibility.changed.connect(self.stage.refresh)
        self.stage.view.pointed.connect(self.pointed)
        self.stage.view.zoomed.connect(self.zoomed)
        self.stage.view.menu_requested.connect(self.instances.menu.popup)
        self.stage.shown.connect(self._on_image_shown)
        self.footer.film.chosen.connect(self._on_image_chosen)
        self.footer.train.clicked.connect(self._train)
        self.footer.status_message.connect(self.status_message)
        self.suggestions.list.returned.connect(self.footer.turn_to)
        self.suggestions.image_requested.connect(self.footer.turn_to)
        self.footer.help.clicked.connect(self.suggestions.show_or_dismiss)
        self.suggestions.shown.connect(self.footer.help.setChecked)
        self.suggestions.order_requested.connect(self.ordering.begin)
        self.ordering.changed.connect(lambda show: self.footer.put_in_order(tuple(self.ordering.reasons), show=show))
        self.ordering.failed.connect(self.suggestions.show_failure)
        self.classes.status_message.connect(self.status_message)
        self.classes.field_left.connect(self.stage.view.setFocus)
        self.commands.name_requested.connect(self.notices.naming.field.setFocus)
        self.notices.naming.named.connect(self._on_class_named)
        self.notices.naming.field_left.connect(self.stage.view.setFocus)
        self.notices.image_requested.connect(self.footer.turn_to)
        self.context.status_message.connect(self.status_message)

    def inspector(self) -> QWidget | None:
        return self._inspector if self.editing.draft is not None else None

    # The dataset

    @Slot()
    def _begin(self) -> None:
        """Another draft, or none."""
        draft = self.editing.draft
        self.tools.set_aside()
        self.tools.unfinished.begin(self.document.opened_draft if draft is not None else None)
        self.stage.clear()
        self.context.show(None)
        self.visibility.begin()
        self.suggestions.list.load()
        before = self._last_chosen
        self.footer.begin(draft)
        self.ordering.load()
        self._show_what_there_is()
        if draft is None or self.footer.film.image is None:
            return
        index = 0
        if before is not None and before[0] == draft.dataset.root:  # opened again, perhaps in another version
            names = (image.index for image in draft.dataset.images if image.file_name == before[1].file_name)
            index = next(names, 0)
        if index:
            self.footer.turn_to(index)
        else:
            self._on_image_chosen(self.footer.film.image)

    @Slot()
    def _show_what_there_is(self) -> None:
        locked = self.document.locked
        if self.editing.draft is not None:
            self._stack.setCurrentWidget(self._body)
        elif locked is not None and self.document.dataset is not None:
            self._locked.say(tr("This dataset cannot be annotated here."), sentences(*error_texts(locked)[:2]))
            self._stack.setCurrentWidget(self._locked)
        else:
            self._stack.setCurrentWidget(self._empty)
        self.tools.resume()

    @Slot()
    def _open_again(self) -> None:
        """The lock of the dataset may be gone."""
        if self.document.path is not None:
            self.document.open(self.document.path)

    @Slot()
    def _turn_to_requested(self) -> None:
        """Turn to the image that another page wants to see annotated, if it is one of the draft's."""
        if not self.isVisible():
            return
        draft, image, instance = self.editing.draft, self.document.requested_image, self.document.requested_instance
        self.document.requested_image = self.document.requested_instance = None
        images = draft.dataset.images if draft is not None else ()
        if image is not None and image.index < len(images) and same_image(images[image.index], image):
            self.footer.turn_to(image.index)
            self.stage.find_instance(image.index, instance)

    # Images

    @Slot(object)
    def _on_image_chosen(self, image: Image) -> None:
        assert self.editing.draft is not None
        self.tools.set_aside()
        self._last_chosen = self.editing.draft.dataset.root, image
        self.pointed.emit("")  # what the mouse was over in the image before
        self.stage.show_image(image, self.footer.following)

    @Slot()
    def _on_disk_returned(self) -> None:
        """Pictures that could not be read can be now."""
        self.footer.film.redraw()
        if self.stage.currentWidget() is self.stage.error and self.footer.film.image is not None:
            self._on_image_chosen(self.footer.film.image)

    @Slot(object)
    def _on_image_shown(self, image: Image) -> None:
        if self.tools.current is not None:
            self.tools.current.begin()
        self.tools.resume()
        self.footer.update_standing()
        draft, following = self.editing.draft, self.footer.following
        if draft is not None and following is not None and not needs_pyramid(following):
            self.tools.sam.session.prefetch(lambda: draft.dataset.read_image(following))
        if reason := self.ordering.reasons.get(image.index):
            self.status_message.emit(reason)

    @Slot(str)
    def _on_working(self, name: str) -> None:
        if not name:
            self.status_message.emit("")
        elif self.editing.busy:  # else a thread sent it just before it was done
            self.status_message.emit(tr("{edit} …", edit=name))

    @Slot(object)
    def _on_edited(self, edit: Edit) -> None:
        """What is done to one other image, by undo or by copying, is looked at."""
        touched, view = labelled_images(edit), self.stage.view
        self.notices.show_bulk(everywhere=self.suggestions.list.accepting)
        self.footer.follow(touched)
        drawn = any(isinstance(part, InstanceEdit) and part.image == self.context.image for part in parts(edit))
        if drawn and not view.options.masks:
            view.set_options(replace(view.options, masks=True))  # nobody draws what cannot be seen
        classes = any(isinstance(part, ClassEdit) for part in parts(edit))
        if classes:
            self.footer.film.redraw()
        of_all = classes or self.suggestions.list.accepting
        if len(touched) == 1 and not of_all and self.context.image not in touched and self.isVisible():
            self.footer.turn_to(*touched)

    @Slot(str)
    def _on_class_named(self, name: str) -> None:
        self.stage.view.setFocus()  # before the field that has it hides: focus that moves by itself shows its ring
        if not self.classes.add(name):
            self.notices.naming.field.setFocus()

    def go_on(self) -> None:
        self.tools.resume()

    # On to training

    @Slot()
    def finish(self) -> None:
        """What is begun is set aside, and what still waits for a class gets one: nothing that was drawn is lost."""
        self.tools.set_aside()
        if self.context.unclassified.drawn and self.editing.draft is not None and self.classes.add(_UNNAMED):
            unnamed = tr("What you drew is of the new class {unnamed} until you rename it", unnamed=_UNNAMED)
            self.status_message.emit(unnamed)

    @Slot()
    def _train(self) -> None:
        """To the training on this dataset that is at work, or to a new one."""
        self.finish()
        at_work = (run for run in self.jobs.running() if self.document.is_open(self.jobs.dataset_of(run)))
        self.jobs.choose(next(at_work, None))
        self.navigate.emit("train")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where nothing else has a use for it, means the picture."""
        if event.key() == Qt.Key.Key_Escape and self.editing.draft is not None:
            self.stage.view.setFocus()
            self.stage.view.escape()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.stage.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self._turn_to_requested()
        self.tools.resume()
        self.jobs.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.finish()
        self.document.refresh()
