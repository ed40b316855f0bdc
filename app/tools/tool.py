"""The base of all tools: gets mouse and key events from the view, and paints what is begun."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter

from app.settings import toolbox
from app.settings.toolbox import ToolEntry
from core.words import tr

if TYPE_CHECKING:
    from app.canvas.viewport import Viewport
    from app.tools.tool_context import ToolContext
    from core.annotation.storage.unfinished import Begun


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the mouse is and what is held down."""

    at: QPointF
    """In image pixels: pixel (x, y) spans x … x + 1."""
    widget: QPointF
    """In widget pixels."""
    scale: float
    """Widget pixels an image pixel: a handle of 8 widget pixels is 8 / scale image pixels wide."""
    button: Qt.MouseButton = Qt.MouseButton.LeftButton
    shift: bool = False
    alt: bool = False
    control: bool = False


@dataclass(frozen=True, slots=True)
class NumberOption:
    """An option of a tool that is a number; the options bar shows a slider with a box for it."""

    key: str
    title: str
    least: float
    most: float
    usual: float
    unit: str = ""
    step: float = 1.0


@dataclass(frozen=True, slots=True)
class SwitchOption:
    """An option of a tool that is on or off."""

    key: str
    title: str
    usual: bool = False


ToolOption = NumberOption | SwitchOption


class Tool(QObject):
    """Base of all tools. The view calls the methods; none has to be overridden.

    A tool lives as long as the page and is kept while images change. What it is in the middle of is finished by
    ``end`` (another tool begins), thrown away by ``cancel`` (Escape), and waits for the person to come back after
    ``set_aside`` (another image, page or dataset comes, or the window closes).
    """

    key = ""
    """Names its settings and its entry in the table of tools."""
    options: tuple[ToolOption, ...] = ()
    cursor = Qt.CursorShape.CrossCursor
    uses_right_button = True
    """Whether a right click means something to it: if not, it opens the menu of what is selected."""
    drags = False
    """Whether it is used by dragging only: on the keyboard Space begins, and Space ends."""

    enter_accepts = False
    """Whether Enter calls ``accept`` while something is begun."""

    option_set = Signal(str)
    """The option with this key has another value, by the options bar or by the tool itself."""
    note_changed = Signal()
    """``note`` has changed."""

    def __init__(self, context: "ToolContext") -> None:
        super().__init__()
        self.context = context
        self.values: dict[str, float | bool] = {option.key: option.usual for option in self.options}
        """Of the options, by key; the options bar sets them through ``set_option``."""

    @property
    def entry(self) -> ToolEntry:
        """Its line in the table of tools: title, icon, how to use it."""
        return toolbox.entry(self.key)

    @property
    def note(self) -> str:
        """What the person should know about the tool right now, before how to use it; mostly nothing."""
        return ""

    def set_option(self, key: str, value: float | bool) -> None:
        """The person changed an option."""
        self.values[key] = value
        self.option_set.emit(key)
        self.context.preview.emit()

    def begin(self) -> None:
        """The person chose this tool, or another image came while it was in use."""

    def end(self) -> None:
        """Finish what is begun where that makes sense: a polygon of three points is one. Otherwise throw it away, with
        a message."""

    def set_aside(self) -> "Begun | None":
        """Stop, and return what is begun, for ``take_up``: it becomes no instance unless the person finishes it.
        ``None`` when nothing is begun, and for drags, which end here as if the button was released."""
        self.end()
        return None

    def take_up(self, begun: "Begun") -> None:
        """Go on with what was set aside on the image in view."""

    def accept(self, *, alt: bool) -> None:
        """Enter, with Alt perhaps: finish what is begun."""

    def say_unfinished(self) -> None:
        """Tell the person that a drag was broken off and made nothing."""
        self.context.status_message.emit(
            tr("{title}: nothing was made of what was not finished", title=self.entry.title)
        )

    def cancel(self) -> bool:
        """Escape: throw away what is begun. ``False`` when there was nothing."""
        return False

    def undo(self) -> bool:
        """Ctrl+Z while something is begun: take back its last point, or all of it where it has none. ``False`` when
        there was nothing, so that an edit is undone."""
        return self.busy() and self.cancel()

    def delete(self) -> bool:
        """The key that deletes, while something less than an instance is chosen or begun: take that away. ``False``
        when there was nothing."""
        return self.undo()

    def resize(self, steps: int) -> None:
        """The keys for a larger (1) or a smaller (−1) tip."""

    def busy(self) -> bool:
        """Whether something is begun."""
        return False

    def press(self, pointer: Pointer) -> None:
        """The left or right button went down."""

    def drag(self, pointer: Pointer) -> None:
        """The mouse moved with the button down."""

    def release(self, pointer: Pointer) -> None:
        """The button came up."""

    def hover(self, pointer: Pointer) -> None:
        """The mouse moved with no button down."""

    def double_click(self, pointer: Pointer) -> None:
        """A second press in the same place, soon after press and release of the first; its release follows. For most
        tools a press like any other: quick dabs are no double clicks."""
        self.press(pointer)

    def wheel(self, pointer: Pointer, steps: float) -> bool:
        """The wheel was turned by ``steps`` away from the person; ``True`` when the tool has used it."""
        return False

    def leave(self) -> None:
        """The mouse left the view."""

    def uses(self, event: QKeyEvent) -> bool:
        """Whether ``key_press`` would use this key now: then no shortcut gets it."""
        return self.enter_accepts and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.busy()

    def key_press(self, event: QKeyEvent) -> bool:
        """A key; ``True`` when the tool has used it."""
        used = self.uses(event)
        if used:
            self.accept(alt=bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))
        return used

    def paint(self, painter: QPainter, viewport: "Viewport") -> None:
        """Draw what is begun over the picture and its shapes, in widget pixels."""
