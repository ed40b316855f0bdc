"""Every shortcut of the window in one table. A person may give an action other keys; they hold at once, and stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.settings.toolbox import COMMANDS, TOOLS
from app.style.format import tool_tip


class KeyStore(Protocol):
    """Where keys that a person has chosen are kept: ``settings.Settings``."""

    def text(self, key: str) -> str | None:
        """A remembered text; ``None`` when there is none."""

    def write(self, key: str, text: str | None) -> None:
        """Remember a text; ``None`` forgets it."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that has keys."""

    id: str
    title: str
    place: str
    """Where the keys work: one of ``PLACES``."""
    keys: tuple[str, ...] = ()
    """As they are until somebody changes them, in Qt's notation; any of them will do."""


PLACES = ("Everywhere", "Dataset", "Any picture", "Picture", "Annotate", "Tools", "Train", "Evaluate", "Deploy")

_TOGETHER = {
    "Any picture": {"Picture", "Annotate", "Tools", "Evaluate"},
    "Picture": {"Evaluate"},
    "Tools": {"Annotate"},
}
"""Places whose keys work at the same time; those of “Everywhere” do with all."""

ACTIONS = (
    Action("page.home", "Home", "Everywhere", ("Ctrl+1",)),
    Action("page.dataset", "Dataset", "Everywhere", ("Ctrl+2",)),
    Action("page.annotate", "Annotate", "Everywhere", ("Ctrl+3",)),
    Action("page.train", "Train", "Everywhere", ("Ctrl+4",)),
    Action("page.evaluate", "Evaluate", "Everywhere", ("Ctrl+5",)),
    Action("page.deploy", "Deploy", "Everywhere", ("Ctrl+6",)),
    Action("open.folder", "Open a folder", "Everywhere", ("Ctrl+O",)),
    Action("open.file", "Open a COCO file", "Everywhere", ("Ctrl+Shift+O",)),
    Action("search", "Search", "Everywhere", ("Ctrl+F",)),
    Action("inspector", "Show or hide the inspector", "Everywhere", ("Ctrl+I",)),
    Action("shortcuts", "These shortcuts", "Everywhere", ("?",)),
    Action("gallery.masks", "Masks on the thumbnails", "Dataset", ("H",)),
    Action("view.fit", "Fit the picture", "Any picture", ("F",)),
    Action("view.actual", "Actual pixels", "Any picture", ("Ctrl+0",)),
    Action("view.in", "Zoom in", "Any picture", ("+", "=")),
    Action("view.out", "Zoom out", "Any picture", ("-",)),
    Action("view.loupe", "Loupe under the mouse, while held", "Any picture", ("Z",)),
    Action("picture.previous", "Previous image", "Picture", ("A",)),
    Action("picture.next", "Next image", "Picture", ("D",)),
    Action("picture.masks", "Hide or show the masks", "Picture", ("H",)),
    Action("picture.labels", "Hide or show the labels", "Picture", ("L",)),
    Action("picture.annotate", "Annotate the image", "Picture", ("E",)),
    Action("undo", "Undo", "Annotate", ("Ctrl+Z",)),
    Action("redo", "Redo", "Annotate", ("Ctrl+Shift+Z", "Ctrl+Y")),
    Action("save", "Save now", "Annotate", ("Ctrl+S",)),
    Action("annotate.previous", "Previous image", "Annotate", ("A",)),
    Action("annotate.next", "Next image", "Annotate", ("D",)),
    Action("annotate.done", "Done, and on to the next", "Annotate", ("E",)),
    Action("annotate.fix", "Mark the image as to fix", "Annotate", ("Shift+E",)),
    Action("annotate.delete", "Delete what is selected, or the last point drawn", "Annotate", ("Del", "Backspace")),
    Action("annotate.smaller", "Smaller tip of the brush or the eraser", "Annotate", ("[",)),
    Action("annotate.larger", "Larger tip of the brush or the eraser", "Annotate", ("]",)),
    Action("annotate.all", "Select all instances", "Annotate", ("Ctrl+A",)),
    Action("annotate.duplicate", "Duplicate what is selected", "Annotate", ("Ctrl+D",)),
    Action("annotate.copy", "Copy what is selected to the next image", "Annotate", ("Ctrl+Shift+D",)),
    Action("annotate.crowd", "Crowd region, or a single object", "Annotate", ("Ctrl+R",)),
    Action("annotate.hide", "Hide or show what is selected", "Annotate", ("Shift+H",)),
    Action("annotate.lock", "Lock or free what is selected", "Annotate", ("Shift+L",)),
    Action("annotate.masks", "Hide or show the masks", "Annotate", ("H",)),
    Action("annotate.labels", "Hide or show the labels", "Annotate", ("L",)),
    Action("annotate.class", "Find or add a class", "Annotate", ("N",)),
    Action("annotate.only", "Only the current class", "Annotate", ("O",)),
    Action("annotate.picture", "Go to the picture", "Annotate", ("Ctrl+E",)),
    Action("suggestion.accept", "Accept the suggestion under the mouse", "Annotate", ("Return", "Enter")),
    Action("suggestion.reject", "Reject the suggestion under the mouse", "Annotate", ("Shift+Return",)),
    Action("suggestion.all", "Accept all suggestions that are shown", "Annotate", ("Ctrl+Return",)),
    *(
        Action(f"class.{number}", f"Class {number}: draw with it, or give it to what is selected", "Annotate",
               (str(number),))
        for number in range(1, 10)
    ),
    *(Action(f"tool.{tool.key}", tool.title, "Tools", (tool.shortcut,)) for tool in TOOLS),
    *(
        Action(f"command.{command.key}", command.title, "Annotate", tuple(filter(None, (command.shortcut,))))
        for command in COMMANDS
    ),
    Action("train.new", "New training", "Train", ("Ctrl+N",)),
    Action("train.start", "Start training", "Train", ("Ctrl+Return",)),
    Action("evaluate.mode", "Prediction, truth, both, side by side", "Evaluate", ("M",)),
    Action("evaluate.lower", "Lower confidence", "Evaluate", ("[",)),
    Action("evaluate.higher", "Higher confidence", "Evaluate", ("]",)),
    Action("deploy.export", "Export", "Deploy", ("Ctrl+Return",)),
)  # fmt: skip

FIXED = (
    ("Arrows", "Move: in the gallery, a list; what is selected, or the cross, on the picture"),
    ("Enter", "Open, press, choose; finish what is being drawn"),
    ("Space", "Click with the cross on the picture; hold to move the picture"),
    ("Escape", "Back; throw away what is being drawn"),
    ("Delete", "On Home: take a dataset off the list"),
    ("Ctrl + wheel", "Larger or smaller thumbnails"),
)
"""What cannot be changed: it is the same in every program."""


class Shortcuts(QObject):
    """The keys that hold now. Belongs to the settings; whoever has something to do on keys binds it here."""

    changed = Signal()

    def __init__(self, settings: KeyStore) -> None:
        super().__init__()
        self._settings = settings
        self._actions = {action.id: action for action in ACTIONS}
        self._keys = {action.id: self._read(action) for action in ACTIONS}

    def action(self, id: str) -> Action:
        return self._actions[id]

    def keys(self, id: str) -> tuple[str, ...]:
        """The keys of an action in Qt's notation; there may be none."""
        return self._keys[id]

    def text(self, id: str) -> str:
        """The first of the keys as the person's system writes them; empty when there is none."""
        keys = self._keys[id]
        return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def named(self, what: str, id: str) -> str:
        """A tooltip: what happens, and the key of action ``id`` for it in brackets at the end of the first line."""
        key, (first, *more) = self.text(id), what.split("\n")
        return "\n".join((f"{first} ({key})" if key else first, *more))

    def change(self, id: str, keys: Sequence[str]) -> None:
        """Give an action other keys from now on."""
        self._keys[id] = tuple(keys)
        usual = self._keys[id] == self._actions[id].keys
        self._settings.write(f"shortcuts/{id}", None if usual else "\n".join(keys))
        self.changed.emit()

    def reset(self, id: str) -> None:
        """Give an action back the keys that it came with."""
        self.change(id, self._actions[id].keys)

    def clashes(self, id: str, key: str) -> list[Action]:
        """Other actions that ``key`` starts in a place where action ``id`` can be started too."""
        place, sequence = self._actions[id].place, QKeySequence(key)
        return [
            other
            for other in ACTIONS
            if other.id != id
            and _meet(place, other.place)
            and any(QKeySequence(known) == sequence for known in self._keys[other.id])
        ]

    def bind(
        self,
        id: str,
        where: QWidget,
        function: Callable[[], object],
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> None:
        """Call ``function`` on the keys of action ``id``, whatever they become, while ``where`` can be seen."""
        _Bound(self, id, where, context).activated.connect(function)

    def bind_button(
        self,
        id: str,
        where: QWidget,
        button: QAbstractButton,
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> None:
        """Click ``button`` on the keys of action ``id``, and name them in its tooltip."""
        self.bind(id, where, button.click, context)
        self.name_in_tip(id, button)

    def name_in_tip(self, id: str, button: QWidget) -> None:
        """Have the tooltip of ``button`` end with the keys of action ``id``, which somebody else binds."""
        _Tip(self, id, button)

    def _read(self, action: Action) -> tuple[str, ...]:
        kept = self._settings.text(f"shortcuts/{action.id}")
        return action.keys if kept is None else tuple(filter(None, kept.split("\n")))


def _meet(one: str, other: str) -> bool:
    """Whether keys of both places can work at the same time."""
    if one == other or "Everywhere" in (one, other):
        return True
    return other in _TOGETHER.get(one, ()) or one in _TOGETHER.get(other, ())


class _Bound(QShortcut):
    """A shortcut that follows the table."""

    def __init__(self, table: Shortcuts, id: str, where: QWidget, context: Qt.ShortcutContext) -> None:
        super().__init__(where)
        self._table, self._id = table, id
        self.setContext(context)
        self._follow()
        table.changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        self.setKeys([QKeySequence(key) for key in self._table.keys(self._id)])


class _Tip(QObject):
    """Keeps a button's tooltip true: its name, and the key in brackets."""

    def __init__(self, table: Shortcuts, id: str, button: QWidget) -> None:
        super().__init__(button)
        self._table, self._id, self._button = table, id, button
        named = button.text() if isinstance(button, QAbstractButton) else ""
        self._tip = button.toolTip() or button.accessibleName() or named
        self._follow()
        table.changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        self._button.setToolTip(tool_tip(self._table.named(self._tip, self._id)))
