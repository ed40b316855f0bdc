"""The part of the picture that SAM has encoded: all of it, and of a large one what is in view."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.tools.sam_session import SamSession
from app.tools.tool_context import ToolContext
from core.annotation.assist.sam.view import LARGE, Extent, whole

REST_MS = 400
"""Milliseconds that a view must rest before it is encoded: that takes a second."""


class SamRegion(QObject):
    """Keeps the encoded part in step with the view, and with the object that is begun, while ``follows``."""

    noted = Signal()
    """``note`` is another one."""

    def __init__(self, context: ToolContext, session: SamSession, begun: Callable[[], list[Extent]]) -> None:
        """``begun`` returns the extents of the prompts and of the answer to them."""
        super().__init__()
        self._context, self._session, self._begun = context, session, begun
        self.follows = False
        """Whether the view's moves count: only while the tool is taken."""
        self.note = ""
        """What SAM sees of a large picture, in words; of others it sees all."""
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.renew)
        context.view_changed.connect(self._wait)
        session.ready.connect(self._say)

    def renew(self) -> None:
        """Encode what is in view now, unless it is encoded already."""
        self._rest.stop()
        if self._context.pixels is not None and self._session.present:
            area = self._context.visible_area
            self._session.encode(self._context.pixels, [area, *self._begun()] if area is not None else [])
        self._say()

    def _wait(self) -> None:
        if self.follows and max(self._context.size) > LARGE:
            self._rest.start()

    def _say(self) -> None:
        note = self._words()
        if note != self.note:
            self.note = note
            self.noted.emit()

    def _words(self) -> str:
        region = self._session.region
        if max(self._context.size) <= LARGE or self._context.pixels is None or not self._session.present:
            return ""
        if region is None:
            return "SAM looks at this view …"
        everything = region == whole(self._context.size)
        return "SAM sees the whole picture: zoom in for small objects" if everything else "SAM sees this view"
