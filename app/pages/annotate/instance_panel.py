"""The instances of the image in view: a list in step with the selection, and what can be done to them."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
import numpy as np
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QPoint, QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import QListView, QMenu, QToolButton, QWidget

from app.pages.annotate.visibility import Visibility
from app.settings.toolbox import COMMANDS
from app.style import tokens
from app.style.icons import icon
from app.tools import operations
from app.tools.applying import After, Known, revise
from app.tools.commands import run_command
from app.tools.tool_context import ToolContext
from app.widgets import ElidedLabel, column, label, row, tool_button
from app.widgets.instance_list import InstanceList, InstanceRow, note
from app.widgets.swatch import INDENT
from core.annotation.editing.model import Annotation
from core.words import tr, tr_n

Names = Callable[[int], str]
"""The name of a class by its id."""


class InstancePanel(QWidget):
    """Title, buttons, list."""

    def __init__(self, context: ToolContext, name: Names, visibility: Visibility) -> None:
        super().__init__()
        self._context, self._name, self._visibility = context, name, visibility
        self._ids: list[int] = []
        self._title = ElidedLabel("Instances", "heading")
        self.hide_button = tool_button("eye-slash", tr("Hide or show what is selected"))
        self.lock_button = tool_button("lock-simple", tr("Lock or free what is selected"))
        self.crowd_button = tool_button("users-three", tr("Crowd region, or a single object"))
        self.delete_button = tool_button("trash", tr("Delete what is selected"))
        self.more_button = tool_button(
            "dots-three", tr("Merge, split, simplify and other commands on what is selected")
        )
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more_button.setMenu(_commands(self.more_button, context))
        self.menu = _commands(self, context)
        """What a right click on an instance offers: the commands, and what the buttons do."""
        self.list = InstanceList()
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        for button in self.buttons:
            button.setFixedWidth(tokens.CONTROL)
        heading = row(INDENT, self._title, None, *self.buttons, gap=0)
        self._empty = label(tr("What you draw on this image is listed here."), "caption", wrap=True)
        content = column(heading, row(INDENT, self._empty), self.list)
        content.setStretch(2, 1)
        self.setLayout(content)
        self.menu.addSeparator()
        for button in (self.hide_button, self.lock_button, self.crowd_button, self.delete_button):
            self.menu.addAction(button.icon(), button.accessibleName(), button.click)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.hide_button.clicked.connect(self.hide_selected)
        self.lock_button.clicked.connect(self.lock_selected)
        self.crowd_button.clicked.connect(self.make_crowd)
        self.delete_button.clicked.connect(lambda: operations.delete(context))
        self.list.selectionModel().selectionChanged.connect(self._choose)
        context.changed.connect(self.fill)
        visibility.changed.connect(self.fill)
        context.selected.connect(self._show_selected)
        self.fill()

    @property
    def buttons(self) -> tuple[QWidget, ...]:
        return self.hide_button, self.lock_button, self.crowd_button, self.delete_button, self.more_button

    @Slot()
    def fill(self) -> None:
        """The instances, their classes, or what is hidden or locked are others now."""
        known = self._context.annotations
        before, self._ids = self._ids, list(known)
        number = len(known) - len(self._context.adopted)
        self._title.setText(tr_n("{n} instance", "{n} instances", number) if number else tr("Instances"))
        self._empty.setVisible(not self._ids)
        with QSignalBlocker(self.list.selectionModel()):
            ids = self._ids

            def line(place: int) -> InstanceRow:
                return self._line(ids[place], known[ids[place]])

            if before == ids:
                self.list.renew_lines(line)
            else:
                self.list.show_lines(len(ids), line)
        self._show_selected()

    @Slot()
    def hide_selected(self) -> None:
        """Hide what is selected; show it again where all of it is hidden. With nothing selected, show everything."""
        self._visibility.toggle(self._context.selection)

    @Slot()
    def lock_selected(self) -> None:
        """Lock what is selected; free it where all of it is locked."""
        chosen = self._context.selection
        self._context.locked = (
            self._context.locked - chosen if chosen <= self._context.locked else self._context.locked | chosen
        )
        self.fill()

    @Slot()
    def make_crowd(self) -> None:
        """What is selected is a crowd region, or a single object again."""
        known, ids = self._context.annotations, self._context.free(self._context.order)
        crowd = not all(known[id].crowd for id in ids)

        def marked(known: Known) -> After:
            return {id: msgspec.structs.replace(one, crowd=crowd) for id, one in known.items()}

        revise(self._context, tr("Crowd region") if crowd else tr("Single object"), ids, marked)

    def _line(self, id: int, annotation: Annotation) -> InstanceRow:
        pixels = int(self._context.hits.area(id)) if annotation.segmentation else None
        marks = [
            *(["suggestion"] if id in self._context.adopted else []),
            *(["crowd"] if annotation.crowd else []),
            *(["hidden"] if id in self._context.hidden else []),
            *(["locked"] if id in self._context.locked else []),
        ]
        return self._name(annotation.category), note(pixels, *marks), self._context.color(annotation.category)

    @Slot()
    def _show_selected(self) -> None:
        for button in self.buttons:
            button.setEnabled(bool(self._context.order))
        self.hide_button.setEnabled(bool(self._context.order or self._context.hidden))
        model, places = self.list.model(), {id: place for place, id in enumerate(self._ids)}
        rows = [places[id] for id in self._context.order if id in places]
        chosen = QItemSelection()
        for first, last in _stretches(rows):
            chosen.append(QItemSelectionRange(model.index(first, 0), model.index(last, 0)))
        with QSignalBlocker(self.list.selectionModel()):
            self.list.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if rows:
            self.list.scrollTo(model.index(rows[-1], 0))
        self.list.viewport().update()

    @Slot(QPoint)
    def _show_menu(self, at: QPoint) -> None:
        if self._context.order:
            self.menu.popup(self.list.viewport().mapToGlobal(at))

    @Slot()
    def _choose(self) -> None:
        self._context.select(self._ids[index.row()] for index in self.list.selectionModel().selectedIndexes())


def _stretches(rows: Sequence[int]) -> list[tuple[int, int]]:
    """The first and last of rows that follow each other: a list selects ten thousand at once, but not one by one."""
    order = np.sort(np.array(rows, int))
    breaks = np.flatnonzero(np.diff(order) != 1)
    firsts, lasts = order[np.append(0, breaks + 1)[: len(rows)]], order[np.append(breaks, -1)[: len(rows)]]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def _commands(parent: QWidget, context: ToolContext) -> QMenu:
    menu = QMenu(parent)
    actions = [
        (menu.addAction(icon(command.icon), command.title, partial(run_command, command, context)), command)
        for command in COMMANDS
    ]

    def offer() -> None:
        for action, command in actions:
            action.setEnabled(len(context.order) >= command.least)

    menu.aboutToShow.connect(offer)
    return menu
