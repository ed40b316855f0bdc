"""What the keys do on the Annotate page. The table of keys is ``app.settings.shortcuts``."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.canvas.keys import bind_view
from app.settings.toolbox import COMMANDS
from app.tools.factory import run_command
from app.tools.keys import bind_tool
from app.tools.revising import bring

if TYPE_CHECKING:
    from app.pages.annotate.page import AnnotatePage

_WITHIN = Qt.ShortcutContext.WindowShortcut
_ON_PICTURE = Qt.ShortcutContext.WidgetShortcut
"""For keys such as Enter, which mean something else in a field beside it."""


def bind(page: "AnnotatePage") -> None:
    """Bind all of them; they work while the page is in view."""
    shortcuts, footer, instances = page.settings.shortcuts, page.footer, page.instances
    buttons = {
        "annotate.previous": footer.previous,
        "annotate.next": footer.next,
        "annotate.done": footer.done,
        "annotate.fix": footer.fix,
        "annotate.crowd": instances.crowd_button,
        "annotate.hide": instances.hide_button,
        "annotate.lock": instances.lock_button,
        "annotate.only": page.classes.only,
        "undo": page.undo,
        "redo": page.redo,
    }
    page.undo.clicked.connect(partial(undo, page))
    page.redo.clicked.connect(page.editing.redo)
    _dim_when_idle(page)
    for id, button in buttons.items():
        shortcuts.bind_button(id, page, button, _WITHIN)
    for id, function in _functions(page).items():
        shortcuts.bind(id, page, function, _WITHIN)
    bind_view(shortcuts, page, _WITHIN, page.stage.view)
    bind_tool(shortcuts, page, _WITHIN, page.stage.view)
    shortcuts.name_in_tip("annotate.delete", instances.delete_button)
    bar = page.suggestions
    for id, function in (("suggestion.accept", bar.accept_hovered), ("suggestion.reject", bar.reject_hovered)):
        shortcuts.bind(id, page.stage.view, function, _ON_PICTURE)
    shortcuts.bind("suggestion.all", page.stage.view, bar.accept_shown, _ON_PICTURE)


def _functions(page: "AnnotatePage") -> dict[str, Callable[[], object]]:
    context, view = page.context, page.stage.view
    return {
        "save": page.document.saver.save,
        "annotate.copy": partial(copy_to_next, page),
        "annotate.masks": partial(toggle_masks, page),
        "annotate.labels": lambda: view.set_options(replace(view.options, labels=not view.options.labels)),
        "annotate.class": page.classes.new.setFocus,
        "annotate.picture": view.setFocus,
        **{f"command.{command.key}": partial(run_command, command, context) for command in COMMANDS},
        **{f"class.{number}": partial(page.classes.choose_number, number) for number in range(1, 10)},
    }


def _dim_when_idle(page: "AnnotatePage") -> None:
    """Undo and redo can be pressed while there is something for them to do."""
    editing, context, history = page.editing, page.context, page.editing.history

    def show(*_: object) -> None:
        begun = page.tool is not None and page.tool.busy()
        page.undo.setEnabled(history.canUndo() or begun or bool(context.waiting) or editing.busy)
        page.redo.setEnabled(history.canRedo() or editing.busy)

    for changed in (history.canUndoChanged, history.canRedoChanged, editing.working, context.preview, context.selected):
        changed.connect(show)
    show()


def toggle_masks(page: "AnnotatePage") -> None:
    """Hide all masks, or show them again."""
    view, key = page.stage.view, page.settings.shortcuts.text("annotate.masks")
    view.set_options(replace(view.options, masks=not view.options.masks))
    page.said.emit("" if view.options.masks else f"Masks are hidden: {key} shows them, and so does a change")


def undo(page: "AnnotatePage") -> None:
    """The last point of what is being drawn; otherwise what waits for its class, or the last edit, on whatever image it
    was."""
    if (page.tool is None or not page.tool.undo()) and not page.context.take_back():
        page.said.emit("")  # what was said of what is gone now
        page.editing.undo()


def copy_to_next(page: "AnnotatePage") -> None:
    """Copy what is selected to the next image, and go there. Masks are cut to its size."""
    draft, following, context = page.editing.draft, page.footer.following, page.context
    if draft is None or following is None or not context.order:
        context.said.emit("Select instances to copy" if following is not None else "There is no next image")
        return
    size = following.height, following.width
    known = context.annotations
    copies = [known[id] for id in context.order]
    if size != context.size:
        context.said.emit("The next image has another size: only polygons were copied")
        copies = [copy for copy in copies if isinstance(copy.segmentation, list)]
    if copies:
        bring(context, "Copy to the next image", following.index, lambda: copies, len(copies))
