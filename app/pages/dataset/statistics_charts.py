"""The charts of the statistics, each on a card."""

from collections.abc import Callable, Sequence
from itertools import zip_longest

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from app.plots.bars import SERIES, Bar, BarView
from app.plots.matrix import MatrixView
from app.style import theme, tokens
from app.widgets import Card, chip, column, label, row
from app.widgets.containers import group
from app.widgets.flow import Flow, Wrapping
from app.widgets.inputs import ComboBox
from core.dataset.statistics import GRID, LENGTHS, OBJECTS, SIZES, SMALL, Statistics, Tally, input_sides
from core.dataset.statistics_words import aspect_names, bin_names, image_size_names, small_in_words
from core.geometry.mask_style import Color
from core.words import tr, tr_n

_CARD = 420
"""Width from which two cards stand side by side."""
_MANY = 0.05
"""Share of objects that are too small from which something is to be done about it."""
_REVIEWS = (tr("Done"), tr("To fix"), tr("To do"), tr("Not marked"))
"""As ``REVIEWS`` has them."""


class Charts(Wrapping):
    """All charts; bars are in parts, one for each split."""

    requested = Signal(str, object)
    """A caption, and ``Image.index`` of the images to show under it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: Statistics | None = None
        self._colors: Sequence[Color] = ()
        self._order: list[int] = []
        """Labels as the lines of classes are, the most frequent first."""
        self.legend = row(gap=tokens.MEDIUM)
        self.instances = chip(tr("Objects"), tr("How many objects each class has"))
        self.images = chip(tr("Images"), tr("How many images show each class"))
        either = QButtonGroup(self)
        for button in (self.instances, self.images):
            either.addButton(button)
            button.clicked.connect(self._show_classes)
        self.instances.setChecked(True)
        self.recipes = ComboBox()
        self.recipes.setAccessibleName(tr("Recipe"))
        self.recipes.setToolTip(tr("Show sizes at the input of this recipe"))
        for title, side in input_sides().items():
            self.recipes.addItem(tr("{recipe}, {side} px", recipe=title, side=side), (title, side))
        self.recipes.setCurrentIndex(self.recipes.count() - 1)
        self.recipes.currentIndexChanged.connect(self._show_sizes)
        self.small = label("", "dim", wrap=True)
        self.classes = BarView(tr("Classes"), most_lines=14)
        self.sizes = BarView(tr("Sizes of objects"), columns=True)
        self.per_image = BarView(tr("Objects per image"), columns=True)
        self.lengths = BarView(tr("Sizes of objects in µm"), columns=True)
        self.aspects = BarView(tr("Width : height of objects"), columns=True)
        self.image_sizes = BarView(tr("Sizes of images"))
        self.reviews = BarView(tr("Review"))
        self.positions = MatrixView(tr("Where objects lie"), named=False)
        self.together = MatrixView(tr("Classes together"), named=True)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self._together_card = _card(tr("Classes together"), tr("Images that show both"), self.together)
        reviewed = _card(tr("Review"), tr("Images by what was said of them on the Annotate page"), self.reviews)
        sizes = _card(
            tr("Sizes of objects"),
            tr("Square root of the area, in pixels of the network’s input"),
            self.sizes,
            self.small,
            corner=self.recipes,
        )
        self._lengths_card = _card(tr("Sizes of objects in µm"), tr("Square root of the area"), self.lengths)
        cards = Flow(gap=tokens.MEDIUM, stretch_to=_CARD)
        for card in (
            _card(tr("Classes"), "", self.classes, corner=row(self.instances, self.images, gap=tokens.TINY)),
            sizes,
            self._lengths_card,
            _card(tr("Objects per image"), tr("Images by the number of objects"), self.per_image),
            _card(tr("Width : height of objects"), tr("Of their boxes"), self.aspects),
            _card(tr("Where objects lie"), tr("Middles of their boxes in the image"), self.positions),
            self._together_card,
            _card(tr("Sizes of images"), tr("Width × height, in pixels"), self.image_sizes),
            reviewed,
        ):
            cards.addWidget(card)
        legend = QWidget()
        legend.setLayout(self.legend)
        self.setLayout(column(legend, cards, None, gap=tokens.MEDIUM, margin=tokens.MEDIUM))

    def _connect(self) -> None:
        self.classes.requested.connect(self._on_class)
        self.together.requested.connect(self._on_pair)
        self.positions.requested.connect(self._on_place)
        self.sizes.requested.connect(self._on_size)
        counted: tuple[tuple[BarView, Callable[[Statistics], Tally]], ...] = (
            (self.per_image, lambda found: found.per_image),
            (self.lengths, lambda found: found.lengths),
            (self.aspects, lambda found: found.aspects),
            (self.image_sizes, lambda found: found.of_image_size),
            (self.reviews, lambda found: found.reviews),
        )
        for view, tally in counted:
            view.requested.connect(lambda place, view=view, tally=tally: self._on_bar(view, tally, place))

    def show_statistics(self, found: Statistics, colors: Sequence[Color]) -> None:
        """Show these; ``colors`` are those of the classes."""
        self.found, self._colors = found, colors
        totals = found.instances.totals
        self._order = sorted(range(len(totals)), key=lambda label: -totals[label])
        self._show_legend()
        self._show_classes()
        self._show_sizes()
        self.per_image.show_bars(self._bars(bin_names(OBJECTS, whole=True), found.per_image, of_images=True))
        self.lengths.show_bars(self._bars(bin_names(LENGTHS), found.lengths))
        self._lengths_card.setVisible(any(found.lengths.totals))
        self.aspects.show_bars(self._bars(aspect_names(), found.aspects))
        sizes = self._bars(image_size_names(found), found.of_image_size, of_images=True)
        self.image_sizes.show_bars([bar for bar in sizes if bar.total])
        self.reviews.show_bars(self._bars(_REVIEWS, found.reviews, of_images=True))
        grid = found.positions.counts.sum(axis=1).reshape(GRID, GRID).tolist()
        self.positions.show_values(
            grid, (), lambda row, column: tr_n("{n} object lies here", "{n} objects lie here", grid[row][column])
        )
        names = [found.classes[label] for label in found.compared]
        self._together_card.setVisible(len(names) > 1)
        self.together.show_values(found.together.tolist(), names, self._pair_in_words)

    def _show_legend(self) -> None:
        assert self.found is not None
        while (item := self.legend.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        instances = self.found.instances.counts.sum(axis=0).tolist()
        for place, split in enumerate(self.found.splits):
            words = tr(
                "{split}: {images}, {objects}",
                split=split,
                images=tr_n("{n} image", "{n} images", int(self.found.images[place])),
                objects=tr_n("{n} object", "{n} objects", instances[place]),
            )
            self.legend.addWidget(group(_Key(SERIES[min(place, len(SERIES) - 1)]), label(words)))
        if self.found.crowds:
            self.legend.addWidget(
                label(
                    tr_n("{n} of them is a crowd region", "{n} of them are crowd regions", self.found.crowds),
                    "dim",
                )
            )
        self.legend.addStretch(1)

    @Slot()
    def _show_classes(self) -> None:
        if self.found is None:
            return
        found, shown = self.found, self.found.images_with if self.images.isChecked() else self.found.instances
        images = found.images_with.totals
        bars = []
        for kind in self._order:
            objects = tr_n("{n} object", "{n} objects", sum(found.instances.counts[kind].tolist()))
            tip = tr(
                "{name}: {objects} in {images}",
                name=found.classes[kind],
                objects=objects,
                images=tr_n("{n} image", "{n} images", images[kind]),
            )
            counts = tuple(shown.counts[kind].tolist())
            bars.append(Bar(found.classes[kind], counts, self._with_splits(tip, counts), self._colors[kind]))
        self.classes.show_bars(bars)

    @Slot()
    def _show_sizes(self) -> None:
        if self.found is None:
            return
        recipe, side = self.recipes.currentData()
        names = bin_names(SIZES)
        self.sizes.show_bars(self._bars(names, self.found.sizes[side], marked=SIZES.index(SMALL)))
        words = [small_in_words(self.found, recipe, side)]
        if self.found.small(side) > _MANY * self.found.measured(side):
            words.append(tr("They are hardly learnt: choose a larger input, or training on tiles."))
        self.small.setText(" ".join(words))

    def _bars(self, names: Sequence[str], tally: Tally, *, of_images: bool = False, marked: int = 0) -> list[Bar]:
        """The first ``marked`` ones ask for attention."""
        bars = []
        for place, (name, counts) in enumerate(zip(names, tally.counts.tolist(), strict=True)):
            number = (
                tr_n("{n} image", "{n} images", sum(counts))
                if of_images
                else tr_n("{n} object", "{n} objects", sum(counts))
            )
            tip = self._with_splits(f"{name}: {number}", counts)
            bars.append(Bar(name, tuple(counts), tip, marked=place < marked))
        return bars

    def _with_splits(self, words: str, counts: Sequence[int]) -> str:
        assert self.found is not None
        if len(self.found.splits) < 2:
            return words
        pairs = zip_longest(self.found.splits, counts)
        return f"{words} ({', '.join(f'{split} {count:,}' for split, count in pairs)})"

    def _pair_in_words(self, row: int, column: int) -> str:
        assert self.found is not None
        one, other = (self.found.classes[self.found.compared[place]] for place in (row, column))
        images = int(self.found.together[row][column])
        if row == column:
            return tr_n("{n} image shows {name}", "{n} images show {name}", images, name=one)
        return tr_n(
            "{n} image shows {one} and {other}", "{n} images show {one} and {other}", images, one=one, other=other
        )

    # Links

    @Slot(int)
    def _on_class(self, place: int) -> None:
        assert self.found is not None
        label = self._order[place]
        self.requested.emit(self.found.classes[label], self.found.images_with.images_of(label))

    @Slot(int)
    def _on_size(self, place: int) -> None:
        assert self.found is not None
        _, side = self.recipes.currentData()
        caption = tr("Objects of {size} px at {side} px", size=bin_names(SIZES)[place], side=side)
        self.requested.emit(caption, self.found.sizes[side].images_of(place))

    def _on_bar(self, view: BarView, tally: Callable[[Statistics], Tally], place: int) -> None:
        assert self.found is not None
        names = image_size_names(self.found)
        bar = view.bars()[place]
        number = names.index(bar.name) if view is self.image_sizes else place
        caption = tr("{chart}: {bar}", chart=view.accessibleName(), bar=bar.name)
        self.requested.emit(caption, tally(self.found).images_of(number))

    @Slot(int, int)
    def _on_place(self, row: int, column: int) -> None:
        assert self.found is not None
        self.requested.emit(tr("Objects in this place"), self.found.positions.images_of(row * GRID + column))

    @Slot(int, int)
    def _on_pair(self, row: int, column: int) -> None:
        assert self.found is not None
        one, other = (self.found.compared[place] for place in (row, column))
        names = (self.found.classes[one], self.found.classes[other])
        caption = names[0] if one == other else tr("{one} and {other}", one=names[0], other=names[1])
        self.requested.emit(caption, self.found.images_with_both(one, other))


def _card(title: str, caption: str, *content: QWidget, corner: QWidget | QHBoxLayout | None = None) -> Card:
    heading = row(label(title, "heading"), None)
    if isinstance(corner, QWidget):
        heading.addWidget(corner)
    elif corner is not None:
        heading.addLayout(corner)
    card = Card()
    inside = column(heading, *([label(caption, "caption", wrap=True)] if caption else []), *content)
    inside.addStretch(1)
    inside.setStretch(inside.indexOf(content[0]), 100)
    inside.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
    card.setLayout(inside)
    return card


class _Key(QWidget):
    """The color of a split."""

    def __init__(self, color: str) -> None:
        super().__init__()
        self._color = color
        self.setFixedSize(QSize(12, 12))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._color))
        painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
