"""What keys and buttons do on the Annotate page. The table of keys is ``app.settings.shortcuts``."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.canvas.image_view import bind_view
from app.document.document import Document
from app.pages.annotate.class_panel import ClassPanel
from app.pages.annotate.footer import Footer
from app.pages.annotate.image_stage import ImageStage
from app.pages.annotate.instance_panel import InstancePanel
from app.pages.annotate.suggestion_bar import SuggestionBar
from app.pages.annotate.tool_switch import ToolSwitch
from app.settings.settings import Settings
from app.settings.toolbox import COMMANDS
from app.tools.applying import bring
from app.tools.commands import bind_tool, run_command
from app.tools.tool_context import ToolContext
from app.widgets import tool_button
from core.annotation.editing.edits import ReviewEdit
from core.annotation.editing.model import Review
from core.geometry.segmentation import Polygons
from core.words import tr

_WITHIN = Qt.ShortcutContext.WindowShortcut
_ON_PICTURE = Qt.ShortcutContext.WidgetShortcut
"""For keys such as Enter, which mean something else in a field beside it."""


class Actions(QObject):
    """Undo and redo, copying, hiding masks, and the review of images; ``bind`` gives them their keys."""

    name_requested = Signal()
    """The image cannot be finished before the shapes drawn on it have a class."""

    def __init__(
        self,
        document: Document,
        settings: Settings,
        context: ToolContext,
        stage: ImageStage,
        tools: ToolSwitch,
        footer: Footer,
    ) -> None:
        super().__init__()
        self._document, self._editing, self._shortcuts = document, document.editing, settings.shortcuts
        self._context, self._view, self._tools, self._footer = context, stage.view, tools, footer
        self.undo_button = tool_button("arrow-u-up-left", tr("Undo"))
        self.redo_button = tool_button("arrow-u-up-right", tr("Redo"))
        self.undo_button.clicked.connect(self.undo)
        self.redo_button.clicked.connect(self._editing.redo)
        footer.done.clicked.connect(self.finish_image)
        footer.fix.clicked.connect(self.mark_to_fix)
        history = self._editing.history
        for changed in (history.canUndoChanged, history.canRedoChanged, self._editing.working, context.preview):
            changed.connect(self._enable_undo)
        context.selected.connect(self._enable_undo)
        self._enable_undo()

    def bind(self, page: QWidget, classes: ClassPanel, instances: InstancePanel, suggestions: SuggestionBar) -> None:
        """Bind all keys; they work while ``page`` is in view."""
        shortcuts, view, footer = self._shortcuts, self._view, self._footer
        buttons = {
            "annotate.previous": footer.previous,
            "annotate.next": footer.next,
            "annotate.done": footer.done,
            "annotate.fix": footer.fix,
            "annotate.crowd": instances.crowd_button,
            "annotate.hide": instances.hide_button,
            "annotate.lock": instances.lock_button,
            "annotate.only": classes.buttons.only,
            "undo": self.undo_button,
            "redo": self.redo_button,
        }
        functions: dict[str, Callable[[], object]] = {
            "save": self._document.saver.save,
            "annotate.copy": self.copy_to_next,
            "annotate.masks": self.toggle_masks,
            "annotate.labels": lambda: view.set_options(replace(view.options, labels=not view.options.labels)),
            "annotate.class": classes.new.setFocus,
            "annotate.picture": view.setFocus,
            **{f"command.{command.key}": partial(run_command, command, self._context) for command in COMMANDS},
            **{f"class.{number}": partial(classes.choose_number, number) for number in range(1, 10)},
        }
        on_picture = {
            "suggestion.accept": suggestions.accept_hovered,
            "suggestion.reject": suggestions.reject_hovered,
            "suggestion.all": suggestions.accept_shown,
        }
        for id, button in buttons.items():
            shortcuts.bind_button(id, page, button, _WITHIN)
        for id, function in functions.items():
            shortcuts.bind(id, page, function, _WITHIN)
        bind_view(shortcuts, page, _WITHIN, view)
        bind_tool(shortcuts, page, _WITHIN, view)
        shortcuts.name_in_tip(instances.delete_button, "annotate.delete")
        for id, function in on_picture.items():
            shortcuts.bind(id, view, function, _ON_PICTURE)

    @Slot()
    def _enable_undo(self) -> None:
        tool, editing, history = self._tools.current, self._editing, self._editing.history
        begun = tool is not None and tool.busy()
        self.undo_button.setEnabled(
            history.canUndo() or begun or bool(self._context.unclassified.drawn) or editing.busy
        )
        self.redo_button.setEnabled(history.canRedo() or editing.busy)

    @Slot()
    def undo(self) -> None:
        """Take back the last point of what is being drawn; otherwise the last shape without a class, or the last edit,
        on whatever image it was."""
        tool = self._tools.current
        if (tool is None or not tool.undo()) and not self._context.unclassified.take_back():
            self._context.status_message.emit("")  # a message about the edit that goes
            self._editing.undo()

    def toggle_masks(self) -> None:
        """Hide all masks, or show them again."""
        view = self._view
        view.set_options(replace(view.options, masks=not view.options.masks))
        hint = ""
        if not view.options.masks:
            hint = (
                tr("Masks are hidden: {keys} shows them, and so does a change", keys=keys)
                if (keys := self._shortcuts.text("annotate.masks"))
                else tr("Masks are hidden: a change shows them")
            )
        self._context.status_message.emit(hint)

    def copy_to_next(self) -> None:
        """Copy what is selected to the next image, and go there. Masks are cut to its size."""
        following, context = self._footer.following, self._context
        if self._editing.draft is None or following is None or not context.order:
            context.status_message.emit(
                tr("Select instances to copy") if following is not None else tr("There is no next image")
            )
            return
        copies = [context.annotations[id] for id in context.order]
        if (following.height, following.width) != context.size:
            context.status_message.emit(tr("The next image has another size: only polygons were copied"))
            copies = [copy for copy in copies if isinstance(copy.segmentation, Polygons)]
        if copies:
            bring(context, tr("Copy to the next image"), following.index, lambda: copies, len(copies))

    # Review

    @Slot()
    def finish_image(self) -> None:
        """Mark the image in view as done and go on to the next. What the tool has begun is finished with it."""
        context, tool = self._context, self._tools.current
        if tool is not None:
            begun, before = tool.busy(), len(context.annotations)
            tool.end()
            if begun and len(context.annotations) > before:
                context.status_message.emit(
                    tr("{tool}: what was begun was finished with the image", tool=tool.entry.title)
                )
        if context.unclassified.drawn:
            context.status_message.emit(tr("Name what you drew first"))
            self.name_requested.emit()
            return
        self._mark("done", tr("Mark as done"))
        if not context.annotations:
            context.status_message.emit(tr("Done without masks: the image counts as background"))
        if not self._footer.go_on():
            context.status_message.emit(tr("All images are done"))
            self._footer.train.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def mark_to_fix(self) -> None:
        """Mark the image in view to be corrected, or take that mark away."""
        draft, image = self._editing.draft, self._context.image
        if draft is not None and image is not None and draft.review(image) == "to fix":
            self._mark("", tr("Take the mark away"))
        else:
            self._mark("to fix", tr("Mark as to fix"))

    def _mark(self, review: Review, name: str) -> None:
        """Give the image in view a review state; undo calls the step ``name``."""
        draft, image = self._editing.draft, self._context.image
        if draft is not None and image is not None and draft.review(image) != review:
            self._editing.do(ReviewEdit(name=name, image=image, before=draft.review(image), after=review))
