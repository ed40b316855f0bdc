"""Filling holes with a click."""

from PySide6.QtCore import Qt

from app.tools import placing
from app.tools.tool import Pointer, SwitchOption, Tool
from core.annotation.editing import shape_ops
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
        context, fills_all = self.context, bool(self.values["all"])
        x, y = placing.pixel(pointer.at)

        def has_hole(mask: Mask) -> bool:
            """Whether it has a hole here, or any hole where all are to be filled."""
            found = holes(mask)
            return any(has(hole, x, y) for hole in found) or (fills_all and bool(found) and has(mask, x, y))

        found = context.pick_touching((x, y, x + 1, y + 1), has_hole)
        ids = sorted(found, key=lambda id: (id not in context.selection, context.hits.mask(id).area))
        if not ids:
            context.status_message.emit(tr("There is no hole here"))
        for id in context.free(ids[:1]):
            filled = shape_ops.filled(context.annotations[id], None if fills_all else (x, y), context.size)
            context.change(tr("Fill holes") if fills_all else tr("Fill a hole"), {id: filled})
