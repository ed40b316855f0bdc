"""Every shortcut of the window in one table. A person may give an action other keys; they hold at once, and stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.settings.toolbox import COMMANDS, TOOLS
from app.style.format import tool_tip
from core.words import tr


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


PLACES = ("Everywhere", "Dataset", tr("Any picture"), "Picture", "Annotate", "Tools", "Train", "Evaluate", "Deploy")

_TOGETHER = {
    "Any picture": {"Picture", "Annotate", "Tools", "Evaluate"},
    "Picture": {"Evaluate"},
    "Tools": {"Annotate"},
}
"""Places whose keys work at the same time; those of “Everywhere” do with all."""

ACTIONS = (
    Action("page.home", tr("Home"), tr("Everywhere"), ("Ctrl+1",)),
    Action("page.dataset", tr("Dataset"), tr("Everywhere"), ("Ctrl+2",)),
    Action("page.annotate", tr("Annotate"), tr("Everywhere"), ("Ctrl+3",)),
    Action("page.train", tr("Train"), tr("Everywhere"), ("Ctrl+4",)),
    Action("page.evaluate", tr("Evaluate"), tr("Everywhere"), ("Ctrl+5",)),
    Action("page.deploy", tr("Deploy"), tr("Everywhere"), ("Ctrl+6",)),
    Action("open.folder", tr("Open a folder"), tr("Everywhere"), ("Ctrl+O",)),
    Action("open.file", tr("Open a COCO file"), tr("Everywhere"), ("Ctrl+Shift+O",)),
    Action("search", tr("Search"), tr("Everywhere"), ("Ctrl+F",)),
    Action("inspector", tr("Show or hide the inspector"), tr("Everywhere"), ("Ctrl+I",)),
    Action("shortcuts", tr("These shortcuts"), tr("Everywhere"), ("?",)),
    Action("gallery.masks", tr("Masks on the thumbnails"), tr("Dataset"), ("H",)),
    Action("view.fit", tr("Fit the picture"), tr("Any picture"), ("F",)),
    Action("view.actual", tr("Actual pixels"), tr("Any picture"), ("Ctrl+0",)),
    Action("view.in", tr("Zoom in"), tr("Any picture"), ("+", "=")),
    Action("view.out", tr("Zoom out"), tr("Any picture"), ("-",)),
    Action("view.loupe", tr("Loupe under the mouse, while held"), tr("Any picture"), ("Z",)),
    Action("picture.previous", tr("Previous image"), tr("Picture"), ("A",)),
    Action("picture.next", tr("Next image"), tr("Picture"), ("D",)),
    Action("picture.masks", tr("Hide or show the masks"), tr("Picture"), ("H",)),
    Action("picture.labels", tr("Hide or show the labels"), tr("Picture"), ("L",)),
    Action("picture.annotate", tr("Annotate the image"), tr("Picture"), ("E",)),
    Action("undo", tr("Undo"), tr("Annotate"), ("Ctrl+Z",)),
    Action("redo", tr("Redo"), tr("Annotate"), ("Ctrl+Shift+Z", "Ctrl+Y")),
    Action("save", tr("Save now"), tr("Annotate"), ("Ctrl+S",)),
    Action("annotate.previous", tr("Previous image"), tr("Annotate"), ("A",)),
    Action("annotate.next", tr("Next image"), tr("Annotate"), ("D",)),
    Action("annotate.done", tr("Done, and on to the next"), tr("Annotate"), ("E",)),
    Action("annotate.fix", tr("Mark the image as to fix"), tr("Annotate"), ("Shift+E",)),
    Action(
        "annotate.delete", tr("Delete what is selected, or the last point drawn"), tr("Annotate"), ("Del", "Backspace")
    ),
    Action("annotate.smaller", tr("Smaller tip of the brush or the eraser"), tr("Annotate"), ("[",)),
    Action("annotate.larger", tr("Larger tip of the brush or the eraser"), tr("Annotate"), ("]",)),
    Action("annotate.all", tr("Select all instances"), tr("Annotate"), ("Ctrl+A",)),
    Action("annotate.duplicate", tr("Duplicate what is selected"), tr("Annotate"), ("Ctrl+D",)),
    Action("annotate.copy", tr("Copy what is selected to the next image"), tr("Annotate"), ("Ctrl+Shift+D",)),
    Action("annotate.crowd", tr("Crowd region, or a single object"), tr("Annotate"), ("Ctrl+R",)),
    Action("annotate.hide", tr("Hide or show what is selected"), tr("Annotate"), ("Shift+H",)),
    Action("annotate.lock", tr("Lock or free what is selected"), tr("Annotate"), ("Shift+L",)),
    Action("annotate.masks", tr("Hide or show the masks"), tr("Annotate"), ("H",)),
    Action("annotate.labels", tr("Hide or show the labels"), tr("Annotate"), ("L",)),
    Action("annotate.class", tr("Find or add a class"), tr("Annotate"), ("N",)),
    Action("annotate.only", tr("Only the current class"), tr("Annotate"), ("O",)),
    Action("annotate.picture", tr("Go to the picture"), tr("Annotate"), ("Ctrl+E",)),
    Action("suggestion.accept", tr("Accept the suggestion under the mouse"), tr("Annotate"), ("Return", "Enter")),
    Action("suggestion.reject", tr("Reject the suggestion under the mouse"), tr("Annotate"), ("Shift+Return",)),
    Action("suggestion.all", tr("Accept all suggestions that are shown"), tr("Annotate"), ("Ctrl+Return",)),
    *(
        Action(
            f"class.{number}",
            tr("Class {number}: draw with it, or give it to what is selected", number=number),
            tr("Annotate"),
            (str(number),),
        )
        for number in range(1, 10)
    ),
    *(Action(f"tool.{tool.key}", tool.title, tr("Tools"), (tool.shortcut,)) for tool in TOOLS),
    *(
        Action(f"command.{command.key}", command.title, tr("Annotate"), tuple(filter(None, (command.shortcut,))))
        for command in COMMANDS
    ),
    Action("train.new", tr("New training"), tr("Train"), ("Ctrl+N",)),
    Action("train.start", tr("Start training"), tr("Train"), ("Ctrl+Return",)),
    Action("evaluate.mode", tr("Prediction, truth, both, side by side"), tr("Evaluate"), ("M",)),
    Action("evaluate.lower", tr("Lower confidence"), tr("Evaluate"), ("[",)),
    Action("evaluate.higher", tr("Higher confidence"), tr("Evaluate"), ("]",)),
    Action("deploy.export", tr("Export"), tr("Deploy"), ("Ctrl+Return",)),
)  # fmt: skip

FIXED = (
    ("Arrows", tr("Move: in the gallery, a list; what is selected, or the cross, on the picture")),
    ("Enter", tr("Open, press, choose; finish what is being drawn")),
    ("Space", tr("Click with the cross on the picture; hold to move the picture")),
    ("Escape", tr("Back; throw away what is being drawn")),
    ("Delete", tr("On Home: take a dataset off the list")),
    ("Ctrl + wheel", tr("Larger or smaller thumbnails")),
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
