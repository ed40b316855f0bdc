"""What can be done to the current class: rename it, color it, merge it into another, delete it, show nothing else."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QMenu, QToolButton, QWidget, QWidgetAction

from app.document.editing import AT_ONCE, Editing
from app.style import theme, tokens
from app.style.format import caption, tool_tip
from app.tools.tool_context import ToolContext
from app.widgets import column, link_button, row, tool_button
from core.annotation.editing import classes
from core.annotation.editing.draft import Draft
from core.dataset import Category
from core.dataset.palette import class_color
from core.geometry.mask_style import Color
from core.words import tr, tr_n

_COLORS, _A_ROW = 24, 6
_SIDE = 24


class ClassButtons(QWidget):
    """A row of buttons, and a menu with the same. ``rename`` and ``only`` are the panel's business."""

    def __init__(self, editing: Editing, context: ToolContext) -> None:
        super().__init__()
        self._editing, self._context = editing, context
        self.only = tool_button("funnel", tr("Only the current class"), checkable=True)
        self.rename = tool_button("pencil-simple", tr("Rename the class"))
        self.color = tool_button("palette", tr("Color of the class"))
        self.merge = tool_button("git-merge", tr("Merge the class into another"))
        self.delete = tool_button("trash", tr("Delete the class"))
        buttons = (self.only, self.rename, self.color, self.merge, self.delete)
        for button in buttons:
            button.setFixedWidth(tokens.CONTROL)
        self.setLayout(row(*buttons, gap=0))
        self.color.setMenu(color_menu(self.color, self._recolor))
        self.merge.setMenu(QMenu(tr("Merge into"), self.merge))
        self.delete.setMenu(QMenu(tr("Delete"), self.delete))
        self._heirs = QMenu(tr("Delete, and give its instances to"), self.delete.menu())
        self.menu = QMenu(self)
        """What a right click on a class offers."""
        self.menu.addAction(tr("Rename"), self.rename.click)
        for button in (self.color, self.merge, self.delete):
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            self.menu.addMenu(button.menu())
        self.menu.addAction(tr("Only this class, or all"), self.only.toggle)
        self.merge.menu().aboutToShow.connect(self._offer_merging)
        self.delete.menu().aboutToShow.connect(self._offer_deleting)

    def update_enabled(self) -> None:
        """Another class is the current one, or the classes are others now."""
        draft = self._editing.draft
        known = [category.id for category in draft.categories] if draft is not None else []
        for button in (self.only, self.rename, self.color, self.delete):
            button.setEnabled(self._context.category in known)
        self.merge.setEnabled(self._context.category in known and len(known) > 1)

    def _current(self) -> tuple[Draft, Category, int]:
        """The draft, its current class, and the number of its instances. Without a class no button is enabled."""
        draft = self._editing.draft
        assert draft is not None
        current = next(each for each in draft.categories if each.id == self._context.category)
        return draft, current, draft.class_counts()[current.id]

    @Slot()
    def _offer_merging(self) -> None:
        draft, current, _ = self._current()
        menu = self.merge.menu()
        menu.clear()
        for other in draft.categories:
            if other is not current:
                menu.addAction(tr("Into {name}", name=caption(other.name)), partial(self._merge, other.id))

    @Slot()
    def _offer_deleting(self) -> None:
        draft, current, instances = self._current()
        menu = self.delete.menu()
        menu.clear()
        self._heirs.clear()
        if not instances:
            menu.addAction(tr("Delete"), self._delete)
            return
        title = tr_n("Delete with its {n} instance", "Delete with its {n} instances", instances)
        menu.addAction(title, self._delete)
        menu.addMenu(self._heirs)
        for other in draft.categories:
            if other is not current:
                self._heirs.addAction(caption(other.name), partial(self._merge, other.id))

    def _recolor(self, color: Color | None) -> None:
        draft, current, _ = self._current()
        self._editing.do(classes.recolor(draft, current.id, color))

    def _merge(self, into: int) -> None:
        draft, current, instances = self._current()
        make = partial(classes.merge, draft, current.id, into)
        self._editing.perform(tr("Merge {name}", name=current.name), make, long=instances > AT_ONCE)
        self._context.choose_category(into)

    @Slot()
    def _delete(self) -> None:
        draft, current, instances = self._current()
        make = partial(classes.delete, draft, current.id)
        deleted = tr_n(
            "Deleted {name} with its {n} instance; undo brings them back",
            "Deleted {name} with its {n} instances; undo brings them back",
            instances,
            name=current.name,
        )
        said = deleted if instances else tr("Deleted {name}; undo brings it back", name=current.name)
        self._editing.perform(
            tr("Delete class {name}", name=current.name),
            make,
            lambda edit: self._context.status_message.emit(said),
            long=instances > AT_ONCE,
        )


def color_menu(button: QToolButton, choose: Callable[[Color | None], object]) -> QMenu:
    """A small palette that drops from a button: colors that classes get by themselves, and ``None`` for the color of
    the place in the list. ``choose`` gets what the person clicked on."""
    menu = QMenu(tr("Color"), button)

    def choose_and_close(color: Color | None, _: bool = False) -> None:
        menu.close()
        choose(color)

    grid = QGridLayout()
    grid.setSpacing(tokens.TINY)
    for place, color in enumerate(map(class_color, range(_COLORS))):
        patch = _ColorButton(color)
        patch.clicked.connect(partial(choose_and_close, color))
        grid.addWidget(patch, place // _A_ROW, place % _A_ROW)
    usual = link_button(tr("The color of its place"), tr("As if nobody had chosen one"))
    usual.clicked.connect(partial(choose_and_close, None))
    content = QWidget()
    content.setLayout(column(grid, usual, margin=tokens.SMALL))
    action = QWidgetAction(menu)
    action.setDefaultWidget(content)
    menu.addAction(action)
    return menu


class _ColorButton(QAbstractButton):
    def __init__(self, color: Color) -> None:
        super().__init__()
        self._color = QColor(*color)
        self.setFixedSize(QSize(_SIDE, _SIDE))
        self.setToolTip(tool_tip(self._color.name()))
        self.setAccessibleName(tr("Color {color}", color=self._color.name()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.hasFocus() or self.underMouse()
        painter.setPen(theme.color("accent") if marked else Qt.PenStyle.NoPen)
        painter.setBrush(self._color)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), tokens.TINY, tokens.TINY)
