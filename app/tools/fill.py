"""Filling holes with a click."""

from PySide6.QtCore import Qt

from app.tools import applying, placing
from app.tools.tool import Pointer, SwitchOption, Tool
from core.geometry.mask_ops import has, holes
from core.geometry.masks import Mask
from core.words import tr


class FillTool(Tool):
    """A click in a hole fills it; of several instances with a hole there, the selected one's, else the smallest's."""

    key = "fill"
    options = (SwitchOption("all", tr("All holes")),)

    def press(self, pointer: Pointer) -> None:
        if pointer.button != Qt.MouseButton.LeftButton:
            return
        x, y = placing.pixel(pointer.at)
        ids = self._instances_at(x, y)
        if not ids:
            self.context.said.emit(tr("There is no hole here"))
        for id in self.context.free(ids[:1]):
            applying.fill_holes(self.context, id, None if self.values["all"] else (x, y))

    def _instances_at(self, x: int, y: int) -> list[int]:
        """Those with a hole here, or with any hole where all are to be filled: selected ones first, then small ones."""
        context = self.context
        found = context.pick_touching((x, y, x + 1, y + 1), lambda mask: self._has_hole(mask, x, y))
        return sorted(found, key=lambda id: (id not in context.selection, context.mask(id).area))

    def _has_hole(self, mask: Mask, x: int, y: int) -> bool:
        found = holes(mask)
        here = any(has(hole, x, y) for hole in found)
        return here or (bool(self.values["all"]) and bool(found) and has(mask, x, y))
