"""Every shortcut of the window in one table. A person may give an action other keys; they hold at once, and stay."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QWidget

from app.settings.toolbox import COMMANDS, TOOLS
from app.style.format import tool_tip
from core.words import tr


@dataclass(frozen=True, slots=True)
class Action:
    """Something that keys start."""

    id: str
    title: str
    place: str
    """Where the keys work: one of the keys of ``PLACES``."""
    keys: tuple[str, ...] = ()
    """As they are until somebody changes them, in Qt's notation; any of them will do."""


PLACES = {
    "everywhere": tr("Everywhere"),
    "dataset": tr("Dataset"),
    "any_picture": tr("Any picture"),
    "picture": tr("Picture"),
    "annotate": tr("Annotate"),
    "tools": tr("Tools"),
    "train": tr("Train"),
    "evaluate": tr("Evaluate"),
    "deploy": tr("Deploy"),
}
"""Their titles, in the order of the sheet of shortcuts."""

_TOGETHER = {
    "any_picture": {"picture", "annotate", "tools", "evaluate"},
    "picture": {"evaluate"},
    "tools": {"annotate"},
}
"""Places whose keys work at the same time; those of “everywhere” do with all."""

ACTIONS = (
    Action("page.home", tr("Home"), "everywhere", ("Ctrl+1",)),
    Action("page.dataset", tr("Dataset"), "everywhere", ("Ctrl+2",)),
    Action("page.annotate", tr("Annotate"), "everywhere", ("Ctrl+3",)),
    Action("page.train", tr("Train"), "everywhere", ("Ctrl+4",)),
    Action("page.evaluate", tr("Evaluate"), "everywhere", ("Ctrl+5",)),
    Action("page.deploy", tr("Deploy"), "everywhere", ("Ctrl+6",)),
    Action("open.folder", tr("Open a folder"), "everywhere", ("Ctrl+O",)),
    Action("open.file", tr("Open a file"), "everywhere", ("Ctrl+Shift+O",)),
    Action("search", tr("Search"), "everywhere", ("Ctrl+F",)),
    Action("inspector", tr("Show or hide the inspector"), "everywhere", ("Ctrl+I",)),
    Action("shortcuts", tr("These shortcuts"), "everywhere", ("?",)),
    Action("gallery.masks", tr("Masks on the thumbnails"), "dataset", ("H",)),
    Action("splits.undo", tr("Take back a change of splits or of the scale"), "dataset", ("Ctrl+Z",)),
    Action("view.fit", tr("Fit the picture"), "any_picture", ("F",)),
    Action("view.actual", tr("Actual pixels"), "any_picture", ("Ctrl+0",)),
    Action("view.in", tr("Zoom in"), "any_picture", ("+", "=")),
    Action("view.out", tr("Zoom out"), "any_picture", ("-",)),
    Action("view.loupe", tr("Loupe under the mouse, while held"), "any_picture", ("Z",)),
    Action("picture.previous", tr("Previous image"), "picture", ("A",)),
    Action("picture.next", tr("Next image"), "picture", ("D",)),
    Action("picture.masks", tr("Hide or show the masks"), "picture", ("H",)),
    Action("picture.labels", tr("Hide or show the labels"), "picture", ("L",)),
    Action("picture.annotate", tr("Annotate the image"), "picture", ("E",)),
    Action("undo", tr("Undo"), "annotate", ("Ctrl+Z",)),
    Action("redo", tr("Redo"), "annotate", ("Ctrl+Shift+Z", "Ctrl+Y")),
    Action("save", tr("Save now"), "annotate", ("Ctrl+S",)),
    Action("annotate.previous", tr("Previous image"), "annotate", ("A",)),
    Action("annotate.next", tr("Next image"), "annotate", ("D",)),
    Action("annotate.done", tr("Done, and on to the next"), "annotate", ("E",)),
    Action("annotate.fix", tr("Mark the image as to fix"), "annotate", ("Shift+E",)),
    Action("annotate.delete", tr("Delete what is selected, or the last point drawn"), "annotate", ("Del", "Backspace")),
    Action("annotate.smaller", tr("Smaller tip of the brush or the eraser"), "annotate", ("[",)),
    Action("annotate.larger", tr("Larger tip of the brush or the eraser"), "annotate", ("]",)),
    Action("annotate.all", tr("Select all instances"), "annotate", ("Ctrl+A",)),
    Action("annotate.duplicate", tr("Duplicate what is selected"), "annotate", ("Ctrl+D",)),
    Action("annotate.copy", tr("Copy what is selected to the next image"), "annotate", ("Ctrl+Shift+D",)),
    Action("annotate.crowd", tr("Crowd region, or a single object"), "annotate", ("Ctrl+R",)),
    Action("annotate.hide", tr("Hide or show what is selected"), "annotate", ("Shift+H",)),
    Action("annotate.lock", tr("Lock or free what is selected"), "annotate", ("Shift+L",)),
    Action("annotate.masks", tr("Hide or show the masks"), "annotate", ("H",)),
    Action("annotate.labels", tr("Hide or show the labels"), "annotate", ("L",)),
    Action("annotate.class", tr("Find or add a class"), "annotate", ("N",)),
    Action("annotate.only", tr("Only the current class"), "annotate", ("O",)),
    Action("annotate.picture", tr("Go to the picture"), "annotate", ("Ctrl+E",)),
    Action("suggestion.accept", tr("Accept the suggestion under the mouse"), "annotate", ("Return", "Enter")),
    Action("suggestion.reject", tr("Reject the suggestion under the mouse"), "annotate", ("Shift+Return",)),
    Action("suggestion.all", tr("Accept all suggestions that are shown"), "annotate", ("Ctrl+Return",)),
    *(
        Action(
            f"class.{number}",
            tr("Class {number}: draw with it, or give it to what is selected", number=number),
            "annotate",
            (str(number),),
        )
        for number in range(1, 10)
    ),
    *(Action(f"tool.{tool.key}", tool.title, "tools", (tool.shortcut,)) for tool in TOOLS),
    *(
        Action(f"command.{command.key}", command.title, "annotate", tuple(filter(None, (command.shortcut,))))
        for command in COMMANDS
    ),
    Action("train.new", tr("New training"), "train", ("Ctrl+N",)),
    Action("train.start", tr("Start training"), "train", ("Ctrl+Return",)),
    Action("evaluate.mode", tr("Prediction, truth, both, side by side"), "evaluate", ("M",)),
    Action("evaluate.lower", tr("Lower confidence"), "evaluate", ("[",)),
    Action("evaluate.higher", tr("Higher confidence"), "evaluate", ("]",)),
    Action("deploy.export", tr("Export"), "deploy", ("Ctrl+Return",)),
)  # fmt: skip

FIXED = (
    (tr("Arrows"), tr("Move: in the gallery, a list; what is selected, or the cross, on the picture")),
    (tr("Enter"), tr("Open, press, choose; finish what is being drawn")),
    (tr("Space"), tr("Click with the cross on the picture; hold to move the picture")),
    (tr("Escape"), tr("Back; throw away what is being drawn")),
    (tr("Delete"), tr("On Home: take a dataset off the list")),
    (tr("Ctrl + wheel"), tr("Larger or smaller thumbnails")),
)
"""Keys and their meaning, of what cannot be changed: it is the same in every program."""


class Shortcuts(QObject):
    """The keys of each action as they are now. Widgets bind functions and buttons to actions here."""

    changed = Signal()

    def __init__(self, store: QSettings) -> None:
        """``store`` has the keys that a person has chosen, a line each, under ``shortcuts/<id of the action>``."""
        super().__init__()
        self._store = store
        self._actions = {action.id: action for action in ACTIONS}
        self._keys = {action.id: action.keys for action in ACTIONS}
        for id in self._keys:
            if (chosen := store.value(f"shortcuts/{id}")) is not None:
                self._keys[id] = tuple(filter(None, str(chosen).split("\n")))

    def keys(self, id: str) -> tuple[str, ...]:
        """The keys of an action in Qt's notation; there may be none."""
        return self._keys[id]

    def text(self, id: str) -> str:
        """The first of the keys as the person's system writes them; empty when there is none."""
        keys = self._keys[id]
        return QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""

    def named(self, what: str, *ids: str) -> str:
        """``what`` for a tooltip, with the first key of each of some actions in brackets at the end of the first
        line."""
        keys, (first, *more) = ", ".join(filter(None, map(self.text, ids))), what.split("\n")
        return "\n".join((f"{first} ({keys})" if keys else first, *more))

    def change(self, id: str, keys: Sequence[str]) -> None:
        """Give an action other keys from now on."""
        self._keys[id] = tuple(keys)
        if self._keys[id] == self._actions[id].keys:
            self._store.remove(f"shortcuts/{id}")
        else:
            self._store.setValue(f"shortcuts/{id}", "\n".join(keys))
        self.changed.emit()

    def reset(self, *ids: str) -> None:
        """Give actions back the keys that they came with."""
        for id in ids:
            self.change(id, self._actions[id].keys)

    def clashes(self, id: str, key: str) -> list[Action]:
        """Other actions that ``key`` starts in a place where action ``id`` can be started too."""
        place, sequence = self._actions[id].place, QKeySequence(key)
        return [
            other
            for other in ACTIONS
            if other.id != id
            and (
                place == other.place
                or "everywhere" in (place, other.place)
                or other.place in _TOGETHER.get(place, ())
                or place in _TOGETHER.get(other.place, ())
            )
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
        shortcut = QShortcut(where)
        shortcut.setContext(context)
        shortcut.activated.connect(function)
        _KeyFollower(self, shortcut, lambda: shortcut.setKeys([QKeySequence(key) for key in self._keys[id]]))

    def bind_button(
        self,
        id: str,
        where: QWidget,
        button: QAbstractButton,
        context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut,
    ) -> None:
        """Click ``button`` on the keys of action ``id``, and name them in its tooltip."""
        self.bind(id, where, button.click, context)
        self.name_in_tip(button, id)

    def name_in_tip(self, button: QWidget, *ids: str) -> None:
        """Have the tooltip of ``button`` end with the keys of actions, which somebody else binds."""
        text = button.text() if isinstance(button, QAbstractButton) else ""
        tip = button.toolTip() or button.accessibleName() or text
        _KeyFollower(self, button, lambda: button.setToolTip(tool_tip(self.named(tip, *ids))))


class _KeyFollower(QObject):
    """Calls ``update`` now, and whenever keys were changed, until ``parent`` is destroyed."""

    def __init__(self, shortcuts: Shortcuts, parent: QObject, update: Callable[[], None]) -> None:
        super().__init__(parent)
        self._update = update
        shortcuts.changed.connect(self._on_changed)
        update()

    @Slot()
    def _on_changed(self) -> None:
        self._update()
