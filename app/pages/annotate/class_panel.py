"""The classes of the dataset: choose, make, rename one; what else can be done to it is in ``class_buttons``."""

from functools import partial

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.document.editing import AT_ONCE, Editing
from app.pages.annotate.class_buttons import ClassButtons
from app.pages.annotate.class_list import ClassField, ClassList, ClassRow
from app.pages.annotate.visibility import Visibility
from app.tools.tool_context import ToolContext
from app.widgets import column, label, row
from app.widgets.states import error_texts
from app.widgets.swatch import INDENT
from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import ClassEdit, Edit, instances, parts
from core.errors import UserError
from core.words import sentences, tr, tr_n

_NUMBERED = 9
"""Classes that have a key."""


class ClassPanel(QWidget):
    """The list, a field that finds a class or makes one, and buttons for the current one."""

    status_message = Signal(str)
    field_left = Signal()
    """The keys are the picture's again."""

    def __init__(self, editing: Editing, context: ToolContext, visibility: Visibility) -> None:
        super().__init__()
        self._editing, self._context, self._visibility = editing, context, visibility
        self._relabelled: int | None = None
        """The place in the history of what the last choice of a class gave to the selection."""
        self.list = ClassList()
        self.buttons = ClassButtons(editing, context)
        self.new = ClassField(lambda: [line.text() for line in self.lines.values()])
        heading = row(INDENT, label(tr("Classes"), "heading"), None, self.buttons, gap=0)
        content = column(heading, self.list, self.new)
        content.setStretch(1, 1)
        self.setLayout(content)
        self.buttons.rename.clicked.connect(self._begin_renaming)
        self.buttons.only.toggled.connect(visibility.show_only)
        visibility.changed.connect(self._show_hidden)
        self.new.searched.connect(self.list.show_matching)
        self.new.entered.connect(self._on_name_entered)
        self.new.field.escaped.connect(self.new.field.clear)
        self.new.field.escaped.connect(self.field_left)
        self.list.chosen.connect(self.choose)
        self.list.eye_clicked.connect(visibility.toggle_class)
        self.list.double_clicked.connect(self._on_double_click)
        self.list.renamed.connect(self._on_renamed)
        self.list.menu_requested.connect(self._on_menu_requested)
        self.list.field_left.connect(self.field_left)
        editing.began.connect(self._begin)
        editing.edited.connect(self._on_edited)
        context.category_changed.connect(self._show_current)
        self._begin()

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
        self.new.field.clear()
        self._fill()
        self._context.choose_category(draft.categories[0].id if draft is not None and draft.categories else None)

    @Slot(object)
    def _on_edited(self, edit: Edit) -> None:
        if any(isinstance(part, ClassEdit) for part in parts(edit)):
            self._fill()
            known = [category.id for category in self._draft.categories]
            if self._context.category not in known:
                self._context.choose_category(known[0] if known else None)
        counts = self._draft.class_counts()
        for id, line in self.lines.items():
            line.show_count(counts[id])

    def _fill(self) -> None:
        """The classes are others now."""
        draft, rows = self._editing.draft, {}
        counts = draft.class_counts() if draft is not None else {}
        for place, category in enumerate(draft.categories if draft is not None else (), 1):
            key = str(place) if place <= _NUMBERED else ""
            color = self._context.color(category.id)
            rows[category.id] = ClassRow(category.name, counts[category.id], color, key)
        self.list.show_rows(rows)
        self.new.search()
        self._show_current()
        self._show_hidden()

    @Slot()
    def _show_current(self) -> None:
        self.list.show_current(self._context.category)
        self.buttons.update_enabled()

    @Slot()
    def _show_hidden(self) -> None:
        for id, line in self.lines.items():
            line.show_masks_hidden(id in self._visibility.classes)

    @Slot(int, QPoint)
    def _on_menu_requested(self, id: int, at: QPoint) -> None:
        """The class is the current one from now on, and nothing gets it that is selected."""
        self._context.choose_category(id)
        self.buttons.menu.popup(at)

    # What a person does

    def choose(self, id: int) -> None:
        """Draw with this class from now on; what is selected gets it. Not what was just drawn: a person who draws a nut
        and then takes bolts means the next one. A second time gives it to that too."""
        self._relabelled = None
        if self._context.order and (not self._context.just_drew or id == self._context.category):
            self._relabel(id)
        elif self._context.just_drew:
            name = self.lines[id].text()
            self.status_message.emit(tr("Next: {name}. Once more gives it to what you just drew", name=name))
        if id in self._visibility.classes:
            self._visibility.toggle_class(id)  # nobody draws what cannot be seen
        self._context.choose_category(id)
        self._show_current()

    def choose_number(self, number: int) -> None:
        """The same, by the number of its key."""
        if number <= len(self.lines):
            self.choose(list(self.lines)[number - 1])

    def _relabel(self, id: int) -> None:
        """Give the class to what is selected."""
        image = self._context.image
        assert image is not None
        self._context.accept_adopted()
        name, ids = self.lines[id].text(), tuple(self._context.free(self._context.order))

        def done(edit: Edit) -> None:
            self._relabelled, number = self._editing.history.index(), instances(edit)
            changed = tr_n("{n} instance changed to {name}", "{n} instances changed to {name}", number, name=name)
            self.status_message.emit(changed)

        make = partial(classes.relabel, self._draft, image, ids, id)
        self._editing.perform(tr("Change class to {name}", name=name), make, done, long=len(ids) > AT_ONCE)

    @Slot(str)
    def _on_name_entered(self, name: str) -> None:
        """A class that is there is chosen, as its number key does: of many classes only nine have one."""
        if (known := self._id_of(name)) is not None:
            self.new.field.clear()
            self.choose(known)
        elif not self.add(name):
            return
        self.field_left.emit()

    def add(self, name: str) -> bool:
        """Make a class and draw with it; one that is there already is chosen instead. ``False``, and ``status_message``
        was emitted, for a name that no class can have."""
        if self._editing.draft is None:
            return False
        id = self._id_of(name)
        if id is None:
            try:
                edit, id = classes.add(self._draft, name)
            except UserError as error:
                self.status_message.emit(sentences(*error_texts(error)[:2]))
                return False
            if not self._editing.do(edit):
                return False
        self.new.field.clear()
        self._context.choose_category(id)
        return True

    def _id_of(self, name: str) -> int | None:
        """The class of this name, if there is one."""
        return next((id for id, line in self.lines.items() if line.text() == name.strip()), None)

    @Slot()
    def _on_double_click(self) -> None:
        """The first of the two clicks chose the class: what it gave to the selection was not meant."""
        if self._relabelled is not None and self._relabelled == self._editing.history.index():
            self.status_message.emit("")
            self._editing.undo()
        self._begin_renaming()

    @Slot()
    def _begin_renaming(self) -> None:
        if self._context.category in self.lines:
            self.new.field.clear()  # the class may not be among those that are found
            self.list.begin_renaming(self._context.category)

    @Slot(int, str)
    def _on_renamed(self, id: int, name: str) -> None:
        try:
            self._editing.do(classes.rename(self._draft, id, name))
        except UserError as error:
            self.status_message.emit(sentences(*error_texts(error)[:2]))
