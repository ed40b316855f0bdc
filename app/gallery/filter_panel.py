"""The filters beside the gallery: split, state, classes, each with its count."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.gallery.dragging import DropRow
from app.gallery.model import Filter, ImageIndex, StateFilter
from app.style import tokens
from app.style.format import tool_tip
from app.widgets import Section, column, link_button, scrolling
from app.widgets.inputs import search_field
from app.widgets.swatch import INDENT, SwatchRow
from core.dataset.splits.split_file import SPLITS, in_order
from core.words import tr

_SEARCHABLE_FROM = 15
"""Classes; with fewer of them a field to find one would be in the way."""

_STATES: tuple[tuple[StateFilter, str], ...] = (
    ("any", tr("All images")),
    ("masks", tr("With instances")),
    ("bare", tr("Without instances")),
    ("problems", tr("With problems")),
)


class FilterPanel(QFrame):
    """``filter`` says which images to show; ``changed`` comes with every click."""

    changed = Signal()
    dropped = Signal(str)
    """Images of the gallery were dropped on this split."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self.setFixedWidth(tokens.FILTERS)
        self.text = ""
        self._only: frozenset[int] | None = None
        self._only_row = SwatchRow("", 0)
        self._only_row.setChecked(True)
        self._only_row.setToolTip(tr("Only these are shown; a click shows all images again"))
        self._only_row.clicked.connect(lambda: self._show_only(None))
        self._only_section = Section(tr("Shown"), self._only_row, indent=INDENT)
        self._only_section.hide()
        self._states: dict[StateFilter, SwatchRow] = {}
        self._splits: dict[str, DropRow] = {}
        self._classes: list[SwatchRow] = []
        self._find = search_field(tr("Find a class"), tr("Find a class"))
        self._find.textChanged.connect(self._on_class_search)
        self._clear = link_button(tr("Clear"), tr("Show all images"))
        self._clear.clicked.connect(self.clear)
        self._state_section = Section(tr("Images"), indent=INDENT)
        self._split_section = Section(tr("Split"), indent=INDENT)
        self._class_section = Section(tr("Classes"), self._find, action=self._clear, indent=INDENT)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(0)
        self._class_section.body.addLayout(self._lines)
        for section in (self._only_section, self._state_section, self._split_section):
            section.body.setSpacing(0)
        inner = QWidget()
        sections = (self._only_section, self._state_section, self._split_section, self._class_section)
        stack = column(*sections, None, gap=tokens.MEDIUM)
        stack.setContentsMargins(tokens.SMALL, 14, tokens.SMALL, tokens.SMALL)
        inner.setLayout(stack)
        self.setLayout(column(scrolling(inner), gap=0))

    def show_index(self, index: ImageIndex) -> None:
        """List the states, splits and classes of a dataset; all images are chosen."""
        for line in (*self._states.values(), *self._splits.values(), *self._classes):
            line.setParent(None)
            line.deleteLater()
        self.text = ""
        self._show_only(None, silent=True)
        self._states = {state: SwatchRow(name, index.states[state]) for state, name in _STATES}
        self._splits = {
            name: DropRow(name, index.split_counts[name]) for name in in_order((*SPLITS, *index.dataset.splits))
        }
        self._classes = [
            SwatchRow(category.name, index.class_counts[label], index.colors[label])
            for label, category in enumerate(index.dataset.categories)
        ]
        self._states["any"].setChecked(True)
        for line in self._states.values():
            line.clicked.connect(lambda _=False, chosen=line: self._check_only(chosen, self._states))
            self._state_section.body.addWidget(line)
        for drop in self._splits.values():
            drop.clicked.connect(lambda on, chosen=drop: self._check_only(chosen if on else None, self._splits))
            drop.dropped.connect(partial(self.dropped.emit, drop.text()))
            drop.setAcceptDrops(drop.text() != "unlabelled")
            drop.setToolTip(tool_tip(tr("Only images of this split. Drag images here to move them into it")))
            self._split_section.body.addWidget(drop)
        shown = sorted(self._classes, key=lambda line: -line.count)
        for line in shown:
            line.clicked.connect(self._on_changed)
            self._lines.addWidget(line)
        self._find.setVisible(len(self._classes) >= _SEARCHABLE_FROM)
        self._find.clear()
        self._update_clear()
        order = [*self._states.values(), *self._splits.values(), self._clear, self._find, *shown]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)

    def renew(self, index: ImageIndex) -> None:
        """The same images with other instances and maybe other classes: what is checked stays so."""
        filter, text, caption = self.filter(), self._find.text(), self._only_row.text()
        names = {line.text() for line in self._classes if line.isChecked()}
        self.show_index(index)
        self.text = filter.text
        self._show_only(filter.images, caption, silent=True)
        self._states["any"].setChecked(False)
        self._states[filter.state].setChecked(True)
        for split, drop in self._splits.items():
            drop.setChecked(split == filter.split)
        for line in self._classes:
            line.setChecked(line.text() in names)
        self._find.setText(text)
        self._update_clear()

    def show_counts(self, index: ImageIndex) -> None:
        """Show the counts of the states anew, since problems were found."""
        for state, line in self._states.items():
            line.show_count(index.states[state])

    def filter(self) -> Filter:
        """What is checked and searched for."""
        return Filter(
            classes=frozenset(label for label, line in enumerate(self._classes) if line.isChecked()),
            split=next((split for split, line in self._splits.items() if line.isChecked()), ""),
            state=next((state for state, line in self._states.items() if line.isChecked()), "any"),
            text=self.text,
            images=self._only,
        )

    def show_only(self, caption: str, images: Iterable[int]) -> None:
        """Show the images with these ``Image.index`` only, under ``caption``, until the person clicks it away; no other
        filter holds."""
        for line in (*self._splits.values(), *self._classes):
            line.setChecked(False)
        self.text = ""
        self._check_lines(self._states.get("any"), self._states)
        self._show_only(frozenset(images), caption)

    def search(self, text: str) -> None:
        """Only show images with these words in their names."""
        if text != self.text:
            self.text = text
            self._on_changed()

    def clear(self) -> None:
        """Check nothing. The searched text stays: the title bar clears it."""
        self._show_only(None, silent=True)
        for line in (*self._splits.values(), *self._classes):
            line.setChecked(False)
        self._check_only(self._states.get("any"), self._states)

    def _show_only(self, images: frozenset[int] | None, caption: str = "", *, silent: bool = False) -> None:
        self._only = images
        self._only_row.setText(caption)
        self._only_row.show_count(len(images or ()))
        self._only_row.setChecked(True)
        self._only_section.setVisible(images is not None)
        if not silent:
            self._on_changed()

    def _check_lines(self, chosen: SwatchRow | None, lines: Mapping[Any, SwatchRow]) -> None:
        for line in lines.values():
            line.setChecked(line is chosen)

    def _check_only(self, chosen: SwatchRow | None, lines: Mapping[Any, SwatchRow]) -> None:
        self._check_lines(chosen, lines)
        self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        self._update_clear()
        self.changed.emit()

    def _update_clear(self) -> None:
        self._clear.setVisible(any(line.isChecked() for line in self._classes))

    @Slot(str)
    def _on_class_search(self, text: str) -> None:
        words = text.lower().split()
        for line in self._classes:
            line.setVisible(all(word in line.text().lower() for word in words) or line.isChecked())
