"""What SAM looks at: all of a picture, and of a large one what is in view."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from app.tools.sam_session import SamSession
from app.tools.tool_context import ToolContext
from core.annotation.assist.sam.view import LARGE, Extent, whole

REST_MS = 400
"""How long a view must have rested before SAM looks at it: it takes a second."""


class SamLook(QObject):
    """Keeps SAM's eye on the view, and on the object that is begun, while ``follows``."""

    noted = Signal()
    """``note`` is another one."""

    def __init__(self, context: ToolContext, sight: SamSession, begun: Callable[[], list[Extent]]) -> None:
        """``begun`` says how far what SAM was told and what it answered reaches."""
        super().__init__()
        self._context, self._sight, self._begun = context, sight, begun
        self.follows = False
        """Whether the view's moves count: only while the tool is taken."""
        self.note = ""
        """What SAM sees of a large picture, in words; of others it sees all."""
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.renew)
        context.looked.connect(self._wait)
        sight.ready.connect(self._say)

    def renew(self) -> None:
        """Look at what is in view now, unless that is seen already."""
        self._rest.stop()
        if self._context.pixels is not None and self._sight.present:
            seen = self._context.seen
            self._sight.look(self._context.pixels, [seen, *self._begun()] if seen is not None else [])
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
        region = self._sight.region
        if max(self._context.size) <= LARGE or self._context.pixels is None or not self._sight.present:
            return ""
        if region is None:
            return "SAM looks at this view …"
        everything = region == whole(self._context.size)
        return "SAM sees the whole picture: zoom in for small objects" if everything else "SAM sees this view"
