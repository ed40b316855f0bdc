"""The classes of the dataset: choose, make, rename, recolour, merge, delete."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QMenu, QToolButton, QWidget

from app import tokens
from app.canvas.easel import Easel
from app.editing import AT_ONCE, Editing
from app.pages.annotate.class_line import ClassLine
from app.pages.annotate.colours import ColourMenu
from app.pages.annotate.veil import Veil
from app.widgets import column, label, row, scrolling, tool_button
from app.widgets.field import Field
from app.widgets.states import in_words
from app.widgets.swatch import INDENT
from core.annotation import classes
from core.annotation.draft import Draft
from core.annotation.edits import Classes, Edit, instances, parts
from core.errors import UserError
from core.words import count

_NUMBERED = 9
"""Classes that have a key."""


class ClassPanel(QWidget):
    """The list, a field for a new class, and buttons for the current one."""

    said = Signal(str)
    typed = Signal()
    """A field was left: the keys are the picture's again."""

    def __init__(self, editing: Editing, easel: Easel, veil: Veil) -> None:
        super().__init__()
        self._editing, self._easel, self._veil = editing, easel, veil
        self.lines: dict[int, ClassLine] = {}
        self._relabelled: int | None = None
        """The place in the history of what the last choice of a class gave to the selection."""
        self._group = QButtonGroup(self)
        self._list = column(gap=0)
        self._place = QWidget()
        self._hint = label("Draw something and name it, or type a name below.", "dim", wrap=True)
        self._hint.setContentsMargins(INDENT, 0, tokens.SMALL, 0)
        self._place.setLayout(column(self._hint, self._list, None, gap=0))
        self.rename_button = tool_button("pencil-simple", "Rename the class")
        self.color_button = _menu_button("palette", "Colour of the class")
        self.merge_button = _menu_button("git-merge", "Merge the class into another")
        self.delete_button = _menu_button("trash", "Delete the class")
        self.only = tool_button("funnel", "Only the current class", checkable=True)
        self.new, self.name = Field("Name of a new class", "New class"), Field("New name of the class")
        self.name.hide()
        buttons = (self.only, self.rename_button, self.color_button, self.merge_button, self.delete_button)
        for button in buttons:
            button.setFixedWidth(tokens.CONTROL)
        heading = row(INDENT, label("Classes", "heading"), None, *buttons, gap=0)
        self._scroll = scrolling(self._place)
        content = column(heading, self._scroll, self.name, self.new)
        content.setStretch(1, 1)
        self.setLayout(content)
        self._connect()
        self._begin()

    def _connect(self) -> None:
        self._colors = ColourMenu(self.color_button)
        self._colors.chosen.connect(lambda color: self._do(lambda id: classes.recolor(self._draft, id, color)))
        self.color_button.setMenu(self._colors)
        self.merge_button.setMenu(QMenu(self.merge_button))
        self.delete_button.setMenu(QMenu(self.delete_button))
        self._heirs = QMenu("Delete, and give its instances to", self.delete_button.menu())
        self.merge_button.menu().aboutToShow.connect(self._offer_merging)
        self.delete_button.menu().aboutToShow.connect(self._offer_deleting)
        self.only.toggled.connect(self._veil.show_only)
        self._veil.changed.connect(self._show_veiled)
        self.new.returnPressed.connect(self._take_typed)
        self.rename_button.clicked.connect(self._begin_renaming)
        self.new.escaped.connect(self._leave_typing)
        self.name.editingFinished.connect(self._finish_renaming)
        self.name.returnPressed.connect(self.typed)
        self.name.escaped.connect(self._leave_typing)
        self._editing.began.connect(self._begin)
        self._editing.edited.connect(self._edited)
        self._easel.category_changed.connect(self._show_current)

    @property
    def _draft(self) -> Draft:
        assert self._editing.draft is not None
        return self._editing.draft

    # The list

    @Slot()
    def _begin(self) -> None:
        draft = self._editing.draft
        self.fill()
        self._easel.choose_category(draft.categories[0].id if draft is not None and draft.categories else None)

    @Slot(object)
    def _edited(self, edit: Edit) -> None:
        if any(isinstance(part, Classes) for part in parts(edit)):
            self.fill()
            known = [category.id for category in self._draft.categories]
            if self._easel.category not in known:
                self._easel.choose_category(known[0] if known else None)
        counts = self._draft.class_counts()
        for id, line in self.lines.items():
            line.show_count(counts[id])

    def fill(self) -> None:
        """The classes are others now."""
        for line in self.lines.values():
            self._group.removeButton(line)
            self._list.removeWidget(line)
            line.deleteLater()
        draft = self._editing.draft
        counts = draft.class_counts() if draft is not None else {}
        self.lines = {}
        for place, category in enumerate(draft.categories if draft is not None else ()):
            key = str(place + 1) if place < _NUMBERED else ""
            line = ClassLine(category.name, counts[category.id], self._easel.color(category.id), key)
            line.clicked.connect(lambda _=False, id=category.id: self.choose(id))
            line.eye_clicked.connect(partial(self._veil.toggle_class, category.id))
            line.renaming_asked.connect(self._rename_clicked)
            self._group.addButton(line)
            self._list.addWidget(line)
            self.lines[category.id] = line
        self._hint.setVisible(not self.lines)
        self._show_current()
        self._show_veiled()

    @Slot()
    def _show_current(self) -> None:
        current = self.lines.get(self._easel.category) if self._easel.category is not None else None
        if current is not None:
            current.setChecked(True)
            QTimer.singleShot(0, self, self._reveal_current)  # one that was just made has no place yet
        for button in (self.rename_button, self.color_button, self.delete_button, self.only):
            button.setEnabled(current is not None)
        self.merge_button.setEnabled(current is not None and len(self.lines) > 1)

    @Slot()
    def _reveal_current(self) -> None:
        current = self.lines.get(self._easel.category) if self._easel.category is not None else None
        if current is not None:
            self._scroll.ensureWidgetVisible(current, 0, 0)

    @Slot()
    def _show_veiled(self) -> None:
        for id, line in self.lines.items():
            line.show_veiled(id in self._veil.classes)

    # What a person does

    def choose(self, id: int) -> None:
        """Draw with this class from now on; what is selected gets it. Not what was just drawn: a person who draws a nut
        and then takes bolts means the next one. A second time gives it to that too."""
        self._relabelled = None
        if self._easel.order and (not self._easel.just_drew or id == self._easel.category):
            self._relabel(id)
        elif self._easel.just_drew:
            self.said.emit(f"Next: {self.lines[id].text()}. Once more gives it to what you just drew")
        self._veil.reveal_class(id)
        self._easel.choose_category(id)
        self._show_current()

    def _relabel(self, id: int) -> None:
        image = self._easel.image
        assert image is not None
        self._easel.accept_in_hand()
        draft, name, ids = self._draft, self.lines[id].text(), tuple(self._easel.free(self._easel.order))

        def done(edit: Edit) -> None:
            self._relabelled = self._editing.history.index()
            self.said.emit(f"{count(instances(edit), 'instance')} changed to {name}")

        make = partial(classes.relabel, draft, image, ids, id)
        self._editing.perform(f"Change class to {name}", make, done, long=len(ids) > AT_ONCE)

    @Slot()
    def _take_typed(self) -> None:
        """The name of a class that is there does what its number key does: of many classes only nine have one."""
        known = self._named(self.new.text())
        if known is not None:
            self.new.clear()
            self.choose(known)
        elif not self.add(self.new.text()):
            return
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
        self._easel.choose_category(known)
        return True

    def _named(self, name: str) -> int | None:
        """The class of this name, if there is one."""
        return next((id for id, line in self.lines.items() if line.text() == name.strip()), None)

    def _do(self, make: Callable[[int], Edit]) -> None:
        if self._easel.category is not None:
            try:
                self._editing.do(make(self._easel.category))
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
        id = self._easel.category
        if id is not None:
            self.new.hide()
            self.name.show()
            self.name.setText(self.lines[id].text())
            self.name.selectAll()
            self.name.setFocus()

    @Slot()
    def _leave_typing(self) -> None:
        """Nothing of what was typed is wanted."""
        self.new.clear()
        with QSignalBlocker(self.name):
            self.typed.emit()
            self.name.hide()
            self.new.show()

    @Slot()
    def _finish_renaming(self) -> None:
        if self.name.isHidden():
            return
        with QSignalBlocker(self.name):
            self.name.hide()
            self.new.show()
        id, name = self._easel.category, self.name.text()
        if id is not None and id in self.lines and name != self.lines[id].text():
            self._do(lambda id: classes.rename(self._draft, id, name))

    def _offer_merging(self) -> None:
        self._offer_others(self.merge_button.menu(), "Into ")

    def _offer_others(self, menu: QMenu, before: str = "") -> None:
        """The classes into which the current one can be merged."""
        menu.clear()
        for category in self._draft.categories:
            if category.id != self._easel.category:
                action = menu.addAction(before + category.name)
                action.triggered.connect(lambda _=False, into=category.id: self._merge(into))

    def _offer_deleting(self) -> None:
        menu, current = self.delete_button.menu(), self._easel.category
        menu.clear()
        instances = self.lines[current].count if current in self.lines else 0
        with_them = f" with its {count(instances, 'instance')}" if instances else ""
        menu.addAction(f"Delete{with_them}").triggered.connect(self._delete)
        if instances:
            self._offer_others(self._heirs)
            menu.addMenu(self._heirs)

    def _merge(self, into: int) -> None:
        id = self._easel.category
        if id is not None:
            self._perform(f"Merge {self.lines[id].text()}", partial(classes.merge, self._draft, id, into), id)
            self._easel.choose_category(into)

    @Slot()
    def _delete(self) -> None:
        id = self._easel.category
        if id is not None:
            self._perform(f"Delete class {self.lines[id].text()}", partial(classes.delete, self._draft, id), id)

    def _perform(self, name: str, make: Callable[[], Edit], id: int) -> None:
        """Make and do an edit of all instances of a class."""
        self._editing.perform(name, make, long=self.lines[id].count > AT_ONCE)


def _menu_button(icon: str, name: str) -> QToolButton:
    button = tool_button(icon, name)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button
