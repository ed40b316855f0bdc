"""Keys of every picture. Which ones they are is said by ``app.settings.shortcuts``."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.canvas.image_view import ImageView

if TYPE_CHECKING:
    from app.settings.shortcuts import Shortcuts

Context = Qt.ShortcutContext


def bind_view(shortcuts: "Shortcuts", where: QWidget, context: Context, *views: ImageView) -> None:
    """Fit, zoom, and the loupe, which belongs to the view that has the focus. Several views are linked ones: what the
    first does, the others follow."""

    def fit() -> None:
        for view in views:
            view.fit()

    shortcuts.bind("view.fit", where, fit, context)
    shortcuts.bind("view.actual", where, views[0].actual_size, context)
    shortcuts.bind("view.in", where, partial(views[0].zoom_by, 1), context)
    shortcuts.bind("view.out", where, partial(views[0].zoom_by, -1), context)
    for view in views:
        shortcuts.bind("view.loupe", view, view.show_loupe, Context.WidgetShortcut)
