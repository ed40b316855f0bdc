"""What a tool works on: the picture in view, its instances, the selection, the current class, and a way to change them.

Tools see this narrow object and nothing else of the window, so that they are tested with a draft and no page.
"""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from app.editing import Editing
from core.annotation.edits import Change, Edit
from core.annotation.model import Annotation
from core.geometry.masks import Size


class Easel(QObject):
    """Made by the Annotate page, one for all tools."""

    changed = Signal()
    """The instances of the image in view are others now, by a tool, by undo, or by another image."""
    selected = Signal()
    """``selection`` is another one."""
    preview = Signal()
    """The tool at work looks different: paint it again."""
    said = Signal(str)
    """A short message for the status bar: why a click did nothing, what a tool waits for."""
    pictured = Signal()
    """Another image is in view, or its pixels have arrived."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self.image: int | None = None
        """``Image.index`` of the image in view."""
        self.size: Size = (0, 0)
        self.pixels: NDArray[np.uint8] | None = None
        """RGB, ``(height, width, 3)``; ``None`` until it is read."""
        self.selection: frozenset[int] = frozenset()
        """Ids of the selected instances."""
        self.category: int | None = None
        """The class that new instances get; ``None`` while the dataset has no class."""

    @property
    def annotations(self) -> Mapping[int, Annotation]:
        """The instances of the image in view, by id; large below, small on top is the view's business."""
        draft = self._editing.draft
        return draft.annotations(self.image) if draft is not None and self.image is not None else {}

    def select(self, ids: Collection[int]) -> None:
        """Select these instances and no others."""
        known = frozenset(ids) & self.annotations.keys()
        if known != self.selection:
            self.selection = known
            self.selected.emit()

    def add(self, name: str, *annotations: Annotation) -> None:
        """New instances as one step of undo; they become the selection."""
        draft = self._editing.draft
        assert draft is not None and self.image is not None
        after = {draft.new_id(self.image): annotation for annotation in annotations}
        if after and self.do(Change(name=name, image=self.image, before={}, after=after)):
            self.select(after)

    def change(self, name: str, after: Mapping[int, Annotation | None], *new: Annotation) -> None:
        """Instances of the image in view become others, ``None`` deletes them, and ``new`` ones come. One step of undo.
        Changes nothing, and makes no step, where all is as before."""
        draft = self._editing.draft
        assert draft is not None and self.image is not None
        known = self.annotations
        before = {id: known[id] for id, annotation in after.items() if id in known and known[id] != annotation}
        changed = {id: annotation for id, annotation in after.items() if annotation is not None and id in before}
        changed |= {draft.new_id(self.image): annotation for annotation in new}
        if before or changed:
            self.do(Change(name=name, image=self.image, before=before, after=changed))

    def do(self, edit: Edit) -> bool:
        """Do any edit as one step of undo; ``False`` when it could not be kept."""
        return self._editing.do(edit)
