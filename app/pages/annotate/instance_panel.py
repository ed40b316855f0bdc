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
from app.tools.not_labelled import unmark
from app.tools.tool_context import ToolContext
from app.widgets import ElidedLabel, column, label, link_button, row, tool_button
from app.widgets.instance_list import InstanceList, InstanceRow, note
from app.widgets.swatch import INDENT
from core.words import tr, tr_n


class InstancePanel(QWidget):
    """Title, buttons, list."""

    def __init__(self, context: ToolContext, name: Callable[[int], str], visibility: Visibility) -> None:
        """``name`` gives the name of a class by its id."""
        super().__init__()
        self._context, self._name = context, name
        self._ids: list[int] = []
        """Of the instances, by row."""
        self._title = ElidedLabel(role="heading")
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
        acting = self.hide_button, self.lock_button, self.crowd_button, self.delete_button
        self._buttons = (*acting, self.more_button)
        for button in self._buttons:
            button.setFixedWidth(tokens.CONTROL)
        heading = row(INDENT, self._title, None, *self._buttons, gap=0)
        self._empty = label(tr("What you draw on this image is listed here."), "caption", wrap=True)
        self.unmark = link_button(tr("All is labelled"), tr("All of the image is labelled: take the mark away"))
        self.unmark.clicked.connect(lambda: unmark(context))
        self._partly = QWidget()
        words = label(tr("Part of the image is not labelled."), "caption", wrap=True)
        self._partly.setLayout(row(INDENT, words, None, self.unmark, tokens.SMALL))
        content = column(heading, self._partly, row(INDENT, self._empty), self.list)
        content.setStretch(3, 1)
        self.setLayout(content)
        self.menu.addSeparator()
        for button in acting:
            self.menu.addAction(button.icon(), button.accessibleName(), button.click)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.hide_button.clicked.connect(lambda: visibility.toggle(context.selection))
        self.lock_button.clicked.connect(self._lock_selected)
        self.crowd_button.clicked.connect(self._make_crowd)
        self.delete_button.clicked.connect(lambda: operations.delete(context))
        self.list.selectionModel().selectionChanged.connect(self._on_selection_changed)
        context.changed.connect(self._fill)
        context.editing.edited.connect(self._show_partly)
        visibility.changed.connect(self._fill)
        context.selected.connect(self._show_selected)
        self._fill()

    @Slot()
    def _fill(self) -> None:
        """The instances, their classes, or what is hidden or locked are others now."""
        known = self._context.annotations
        before, self._ids = self._ids, list(known)
        number = len(known) - len(self._context.adopted)
        self._title.setText(tr_n("{n} instance", "{n} instances", number) if number else tr("Instances"))
        self._empty.setVisible(not self._ids)
        ids, context = self._ids, self._context

        def line(place: int) -> InstanceRow:
            id, annotation = ids[place], known[ids[place]]
            marks = (
                (tr("suggestion"), id in context.adopted),
                (tr("crowd"), annotation.crowd),
                (tr("hidden"), id in context.hidden),
                (tr("locked"), id in context.locked),
            )
            pixels = int(context.hits.area(id)) if annotation.segmentation else None
            text = note(pixels, *(mark for mark, there in marks if there))
            return self._name(annotation.category), text, context.color(annotation.category)

        with QSignalBlocker(self.list.selectionModel()):
            if before == ids:
                self.list.renew_lines(line)
            else:
                self.list.show_lines(len(ids), line)
        self._show_partly()
        self._show_selected()

    @Slot()
    def _show_partly(self) -> None:
        draft, image = self._context.editing.draft, self._context.image
        self._partly.setVisible(draft is not None and image is not None and bool(draft.not_labelled(image)))

    @Slot()
    def _lock_selected(self) -> None:
        """Lock what is selected; free it where all of it is locked."""
        chosen, locked = self._context.selection, self._context.locked
        self._context.locked = locked - chosen if chosen <= locked else locked | chosen
        self._fill()

    @Slot()
    def _make_crowd(self) -> None:
        """What is selected is a crowd region, or a single object again."""
        known, ids = self._context.annotations, self._context.free(self._context.order)
        crowd = not all(known[id].crowd for id in ids)

        def marked(known: Known) -> After:
            return {id: msgspec.structs.replace(one, crowd=crowd) for id, one in known.items()}

        revise(self._context, tr("Crowd region") if crowd else tr("Single object"), ids, marked)

    @Slot()
    def _show_selected(self) -> None:
        for button in self._buttons:
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
    def _on_selection_changed(self) -> None:
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
