"""What is not shown: instances that a person hid, whole classes, all but the current class."""

from collections.abc import Collection

from PySide6.QtCore import QObject, Signal, Slot

from app.tools.tool_context import ToolContext


class Visibility(QObject):
    """Decides what is in ``ToolContext.hidden``. Instances stay hidden while their image is in view, classes until
    shown again."""

    changed = Signal()
    """Other instances or classes are hidden now."""

    def __init__(self, context: ToolContext) -> None:
        super().__init__()
        self._context = context
        self._image: int | None = None
        self._ids: frozenset[int] = frozenset()
        self.classes: frozenset[int] = frozenset()
        """By ``Category.id``."""
        self.only = False
        """Whether only instances of the current class are shown."""
        for signal in (context.changed, context.category_changed):
            signal.connect(self._on_context_changed)

    def toggle(self, ids: Collection[int]) -> None:
        """Hide these instances; show them where all of them are hidden. Without any, show all."""
        chosen = frozenset(ids)
        self._ids = self._ids - chosen if chosen <= self._ids else self._ids | chosen
        if not chosen:
            self._ids = frozenset()
        self._update()

    def toggle_class(self, id: int) -> None:
        """Hide a class, or show it again."""
        self.classes ^= {id}
        self._update()

    @Slot(bool)
    def show_only(self, only: bool) -> None:
        """Show only the current class, whichever it is."""
        self.only = only
        self._update()

    def begin(self) -> None:
        """Another dataset, or none."""
        self.classes = frozenset()
        self._update()

    @Slot()
    def _on_context_changed(self) -> None:
        if self._context.image != self._image:
            self._image, self._ids = self._context.image, frozenset()
        if self._hidden() != self._context.hidden:
            self._update()

    def _update(self) -> None:
        self._context.hidden = self._hidden()
        self.changed.emit()

    def _hidden(self) -> frozenset[int]:
        if not (self._ids or self.classes or self.only):
            return frozenset()
        return frozenset(
            id
            for id, annotation in self._context.annotations.items()
            if id in self._ids
            or annotation.category in self.classes
            or (self.only and annotation.category != self._context.category)
        )
