"""The classes of the dataset: choose, make, rename, recolor, merge, delete."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.document.editing import AT_ONCE, Editing
from app.pages.annotate.class_list import ClassField, ClassList, ClassRow
from app.pages.annotate.color_menu import ColorMenu
from app.pages.annotate.visibility import Visibility
from app.style import tokens
from app.style.format import caption
from app.tools.tool_context import ToolContext
from app.widgets import column, label, row, tool_button
from app.widgets.states import in_words
from app.widgets.swatch import INDENT
from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import ClassEdit, Edit, instances, parts
from core.errors import UserError
from core.words import tr, tr_n

_NUMBERED = 9
"""Classes that have a key."""


class ClassPanel(QWidget):
    """The list, a field for a new class, and buttons for the current one."""

    said = Signal(str)
    typed = Signal()
    """A field was left: the keys are the picture's again."""

    def __init__(self, editing: Editing, context: ToolContext, visibility: Visibility) -> None:
        super().__init__()
        self._editing, self._context, self._visibility = editing, context, visibility
        self._relabelled: int | None = None
        """The place in the history of what the last choice of a class gave to the selection."""
        self.list = ClassList()
        self.rename_button = tool_button("pencil-simple", tr("Rename the class"))
        self.color_button = _menu_button("palette", tr("Color of the class"))
        self.merge_button = _menu_button("git-merge", tr("Merge the class into another"))
        self.delete_button = _menu_button("trash", tr("Delete the class"))
        self.only = tool_button("funnel", tr("Only the current class"), checkable=True)
        self.new = ClassField(lambda: [line.text() for line in self.lines.values()])
        buttons = (self.only, self.rename_button, self.color_button, self.merge_button, self.delete_button)
        for button in buttons:
            button.setFixedWidth(tokens.CONTROL)
        heading = row(INDENT, label(tr("Classes"), "heading"), None, *buttons, gap=0)
        content = column(heading, self.list, self.new)
        content.setStretch(1, 1)
        self.setLayout(content)
        self._make_menus()
        self._connect()
        self._begin()

    def _make_menus(self) -> None:
        self._colors = ColorMenu(self.color_button)
        self._colors.setTitle(tr("Color"))
        self.color_button.setMenu(self._colors)
        self.merge_button.setMenu(QMenu(tr("Merge into"), self.merge_button))
        self.delete_button.setMenu(QMenu(tr("Delete"), self.delete_button))
        self._heirs = QMenu(tr("Delete, and give its instances to"), self.delete_button.menu())
        self.menu = QMenu(self)
        """What a right click on a class offers: the same as the buttons."""
        self.menu.addAction(tr("Rename"), self._begin_renaming)
        for button in (self.color_button, self.merge_button, self.delete_button):
            self.menu.addMenu(button.menu())
        self.menu.addAction(tr("Only this class, or all"), self.only.toggle)

    def _connect(self) -> None:
        self._colors.chosen.connect(lambda color: self._do(lambda id: classes.recolor(self._draft, id, color)))
        self.merge_button.menu().aboutToShow.connect(self._offer_merging)
        self.delete_button.menu().aboutToShow.connect(self._offer_deleting)
        self.only.toggled.connect(self._visibility.show_only)
        self._visibility.changed.connect(self._show_veiled)
        self.rename_button.clicked.connect(self._begin_renaming)
        self.new.sought.connect(self.list.show_matching)
        self.new.chosen.connect(self._on_known_chosen)
        self.new.made.connect(self._on_new_named)
        self.new.escaped.connect(self._leave_typing)
        self.list.chosen.connect(self.choose)
        self.list.eye_clicked.connect(self._visibility.toggle_class)
        self.list.renaming_asked.connect(self._rename_clicked)
        self.list.renamed.connect(self._rename)
        self.list.menu_asked.connect(self._show_menu)
        self.list.left.connect(self.typed)
        self._editing.began.connect(self._begin)
        self._editing.edited.connect(self._edited)
        self._context.category_changed.connect(self._show_current)

    @property
    def lines(self) -> dict[int, ClassRow]:
        """The lines of the list, by the ids of the classes."""
        return self.list.lines

    @property
    def _draft(self) -> Draft:
        assert self._editing.draft is not None
        return self._editing.draft

    # The list

    @Slot()
    def _begin(self) -> None:
        draft = self._editing.draft
        self.new.clear()
        self.fill()
        self._context.choose_category(draft.categories[0].id if draft is not None and draft.categories else None)

    @Slot(object)
    def _edited(self, edit: Edit) -> None:
        if any(isinstance(part, ClassEdit) for part in parts(edit)):
            self.fill()
            known = [category.id for category in self._draft.categories]
            if self._context.category not in known:
                self._context.choose_category(known[0] if known else None)
        self.list.show_counts(self._draft.class_counts())

    def fill(self) -> None:
        """The classes are others now."""
        draft = self._editing.draft
        counts = draft.class_counts() if draft is not None else {}
        self.list.show_rows(
            (category.id, category.name, counts[category.id], self._context.color(category.id), _key(place))
            for place, category in enumerate(draft.categories if draft is not None else ())
        )
        self.new.seek()
        self._show_current()
        self._show_veiled()

    @Slot()
    def _show_current(self) -> None:
        self.list.show_current(self._context.category)
        there = self._context.category in self.lines
        for button in (self.rename_button, self.color_button, self.delete_button, self.only):
            button.setEnabled(there)
        self.merge_button.setEnabled(there and len(self.lines) > 1)

    @Slot()
    def _show_veiled(self) -> None:
        self.list.show_masks_hidden(self._visibility.classes)

    @Slot(int, QPoint)
    def _show_menu(self, id: int, at: QPoint) -> None:
        """Of one class: it is the current one from now on, and nothing gets it that is selected."""
        self._context.choose_category(id)
        self.menu.popup(at)

    # What a person does

    def choose(self, id: int) -> None:
        """Draw with this class from now on; what is selected gets it. Not what was just drawn: a person who draws a nut
        and then takes bolts means the next one. A second time gives it to that too."""
        self._relabelled = None
        if self._context.order and (not self._context.just_drew or id == self._context.category):
            self._relabel(id)
        elif self._context.just_drew:
            self.said.emit(tr("Next: {text}. Once more gives it to what you just drew", text=self.lines[id].text()))
        self._visibility.reveal_class(id)
        self._context.choose_category(id)
        self._show_current()

    def _relabel(self, id: int) -> None:
        image = self._context.image
        assert image is not None
        self._context.accept_adopted()
        draft, name, ids = self._draft, self.lines[id].text(), tuple(self._context.free(self._context.order))

        def done(edit: Edit) -> None:
            self._relabelled = self._editing.history.index()
            self.said.emit(
                tr(
                    "{instances} changed to {name}",
                    instances=tr_n("{n} instance", "{n} instances", instances(edit)),
                    name=name,
                )
            )

        make = partial(classes.relabel, draft, image, ids, id)
        self._editing.perform(tr("Change class to {name}", name=name), make, done, long=len(ids) > AT_ONCE)

    @Slot(str)
    def _on_known_chosen(self, name: str) -> None:
        """The name of a class that is there does what its number key does: of many classes only nine have one."""
        self.new.clear()
        known = self._named(name)
        if known is not None:
            self.choose(known)
        self.typed.emit()

    @Slot(str)
    def _on_new_named(self, name: str) -> None:
        if self.add(name):
            self.typed.emit()

    def choose_number(self, number: int) -> None:
        """The same, by the number of its key."""
        if number <= len(self.lines):
            self.choose(list(self.lines)[number - 1])

    def add(self, name: str) -> bool:
        """Make a class and draw with it. One that is there already is chosen instead."""
        if self._editing.draft is None:
            return False
        known = self._named(name)
        if known is None:
            try:
                edit, known = classes.add(self._draft, name)
            except UserError as error:
                self.said.emit(": ".join(in_words(error)[:2]))
                return False
            if not self._editing.do(edit):
                return False
        self.new.clear()
        self._context.choose_category(known)
        return True

    def _named(self, name: str) -> int | None:
        """The class of this name, if there is one."""
        return next((id for id, line in self.lines.items() if line.text() == name.strip()), None)

    def _do(self, make: Callable[[int], Edit]) -> None:
        if self._context.category is not None:
            try:
                self._editing.do(make(self._context.category))
            except UserError as error:
                self.said.emit(": ".join(in_words(error)[:2]))

    @Slot()
    def _rename_clicked(self) -> None:
        """The first of the two clicks chose the class: what it gave to the selection was not meant."""
        if self._relabelled is not None and self._relabelled == self._editing.history.index():
            self.said.emit("")
            self._editing.undo()
        self._begin_renaming()

    @Slot()
    def _begin_renaming(self) -> None:
        if self._context.category in self.lines:
            self.new.clear()  # the class may not be among those that are found
            self.list.begin_renaming(self._context.category)

    @Slot()
    def _leave_typing(self) -> None:
        """Nothing of what was typed is wanted."""
        self.new.clear()
        self.typed.emit()

    @Slot(int, str)
    def _rename(self, id: int, name: str) -> None:
        try:
            self._editing.do(classes.rename(self._draft, id, name))
        except UserError as error:
            self.said.emit(": ".join(in_words(error)[:2]))

    def _offer_merging(self) -> None:
        self._offer_others(self.merge_button.menu(), "Into ")

    def _offer_others(self, menu: QMenu, before: str = "") -> None:
        """The classes into which the current one can be merged."""
        menu.clear()
        for category in self._draft.categories:
            if category.id != self._context.category:
                action = menu.addAction(before + caption(category.name))
                action.triggered.connect(lambda _=False, into=category.id: self._merge(into))

    def _offer_deleting(self) -> None:
        menu, current = self.delete_button.menu(), self._context.category
        menu.clear()
        instances = self.lines[current].count if current in self.lines else 0
        with_them = (
            tr(" with its {instances}", instances=tr_n("{n} instance", "{n} instances", instances)) if instances else ""
        )
        menu.addAction(f"Delete{with_them}").triggered.connect(self._delete)
        if instances:
            self._offer_others(self._heirs)
            menu.addMenu(self._heirs)

    def _merge(self, into: int) -> None:
        id = self._context.category
        if id is not None:
            self._perform(f"Merge {self.lines[id].text()}", partial(classes.merge, self._draft, id, into), id)
            self._context.choose_category(into)

    @Slot()
    def _delete(self) -> None:
        id = self._context.category
        if id is not None:
            self._perform(
                tr("Delete class {text}", text=self.lines[id].text()), partial(classes.delete, self._draft, id), id
            )

    def _perform(self, name: str, make: Callable[[], Edit], id: int) -> None:
        """Make and do an edit of all instances of a class."""
        self._editing.perform(name, make, long=self.lines[id].count > AT_ONCE)


def _key(place: int) -> str:
    """What chooses a class on the keyboard; empty when nothing does."""
    return str(place + 1) if place < _NUMBERED else ""


def _menu_button(icon: str, name: str) -> QToolButton:
    button = tool_button(icon, name)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
