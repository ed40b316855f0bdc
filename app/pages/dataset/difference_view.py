"""A difference in its picture: what is here solid, what the other one has dashed, and the buttons that settle it."""

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.canvas import ImageView, Shape, instances
from app.canvas.image_loader import ImageLoader, LoadedImage
from app.pages.dataset.difference_list import said
from app.pages.dataset.differences import Differences
from app.pages.preview_note import PreviewNote
from app.style import tokens
from app.style.format import caption
from app.widgets import ElidedLabel, chip, column, hairline, row, tool_button
from app.widgets.buttons import button
from app.widgets.focus import Stack
from app.widgets.states import EmptyState, ErrorState
from core.dataset import Dataset, Image
from core.dataset.palette import class_color
from core.dataset.several.comparison import Difference
from core.words import tr

if TYPE_CHECKING:
    from app.document.document import Document

_FAINT = 0.25
"""Opacity of masks that lie over each other: their outlines tell more."""


class DifferenceView(QWidget):
    """Shows the two instances of one difference, or all masks of its image."""

    kept = Signal()
    """What is here counts."""
    taken = Signal()
    """What the other one has counts."""
    edit_requested = Signal()

    def __init__(self, document: "Document", differences: Differences) -> None:
        super().__init__()
        self._document, self._differences = document, differences
        self._shown: Difference | None = None
        self._seen: Difference | None = None
        """The one that the view has come close to."""
        self._shapes: tuple[dict[int, Shape], dict[int, Shape]] = {}, {}
        """Of the image in view, by the ids of the instances: here, and in the other one."""
        self.view = ImageView()
        self.view.set_options(replace(self.view.options, opacity=_FAINT))
        self._error, self._nothing = ErrorState(), EmptyState("check-circle", tr("No difference of this kind is open."))
        self._loader = ImageLoader(self)
        self.note = PreviewNote(self._loader, self.view)
        self._words = ElidedLabel(role="heading")
        self.all_masks = chip(tr("All masks"), tr("Show the other instances of the image too"))
        self._edit = tool_button("pencil-simple", tr("Annotate the image"))
        self.keep, self.take = button("", "arrow-left"), button("", "arrow-right")
        self.keep.setToolTip(tr("Nothing changes (Left)"))
        self.take.setToolTip(tr("Change this dataset; undo takes it back (Right)"))
        head, foot = row(self._words, self.all_masks, self._edit), row(None, self.keep, self.take, None)
        head.setStretch(0, 1)
        for bar in (head, foot):
            bar.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self._stack, self._whole = Stack(), QWidget()
        for widget in (self.view, self._error):
            self._stack.addWidget(widget)
        self._whole.setLayout(column(head, self._stack, hairline(), foot, gap=0))
        self._outer = Stack()
        self._outer.addWidget(self._nothing)
        self._outer.addWidget(self._whole)
        self.setLayout(column(self._outer, gap=0))
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.keep.clicked.connect(self.kept)
        self.take.clicked.connect(self.taken)
        self._edit.clicked.connect(self.edit_requested)
        self.all_masks.toggled.connect(self._arrange)

    def forget(self) -> None:
        """Nothing of what was compared is shown any more."""
        self._loader.stop()
        self._shown = self._seen = None
        self._shapes = {}, {}
        self.note.hide()
        self.view.show_picture(None)
        self._outer.setCurrentWidget(self._nothing)

    def show_difference(self, position: int | None) -> None:
        """Show the one at a position; ``None``: there is none."""
        difference = self._differences.at(position) if position is not None else None
        before, self._shown = self._shown, difference
        if difference is None or self._document.dataset is None:
            self._outer.setCurrentWidget(self._nothing)
            return
        self._outer.setCurrentWidget(self._whole)
        self._words.setText(said(difference))
        keep, take = _choices(difference)
        self.keep.setText(caption(keep))
        self.take.setText(caption(take))
        if before is not None and before.image == difference.image and self._loader.current is not None:
            self._arrange()
        else:
            self._load(difference)

    def renew(self) -> None:
        """The image in view was edited."""
        if self._shown is not None and self._document.dataset is not None:
            self._load(self._shown)

    def _load(self, difference: Difference) -> None:
        draft, found, names = self._document.editing.draft, self._differences.found, self._differences.names
        dataset = self._document.dataset
        if draft is None or found is None or dataset is None:
            return
        right = found.right
        styles = instances.class_styles(draft.categories)
        of_name = {name: color for color, name in styles.values()}
        other = right.images[difference.other_image]

        def make(dataset: Dataset, image: Image) -> tuple[dict[int, Shape], dict[int, Shape]]:
            made = instances.make_all(draft.peek(image.index), (image.height, image.width), styles)
            theirs = {}
            for id, shape, one in zip(
                right.ids(other), instances.truth(right, other), right.instances(other), strict=True
            ):
                color = of_name.get(names[one.label], class_color(len(styles) + one.label))
                text = shape.text if shape.style == "crowd" else names[one.label]
                theirs[id] = shape.restyled(color, text, "prediction" if shape.style == "truth" else shape.style)
            return {id: shape for id, (_, _, shape) in made.items()}, theirs

        self._loader.load(dataset, dataset.images[difference.image], make)

    @Slot(object)
    def _on_loaded(self, loaded: LoadedImage) -> None:
        self._stack.setCurrentWidget(self.view)
        self._shapes = loaded.content
        self.view.show_picture(loaded.picture, keep=True)
        self._arrange()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._shapes = {}, {}
        self.view.show_picture(None)
        self._error.show_error(error)
        self._stack.setCurrentWidget(self._error)

    @Slot()
    def _arrange(self) -> None:
        if self._shown is None:
            return
        ids = self._shown.left, self._shown.right
        chosen = [shapes[id] for shapes, id in zip(self._shapes, ids, strict=True) if id in shapes]
        shown = [shape for some in self._shapes for shape in some.values()] if self.all_masks.isChecked() else chosen
        self.view.show_shapes(shown)
        self.view.select(chosen[0] if chosen and self.all_masks.isChecked() else None)
        if self._seen is not self._shown:
            self._seen = self._shown
            if chosen:
                self.view.look_at(reduce(QRectF.united, (shape.box for shape in chosen)))
            else:
                self.view.fit()


def _choices(difference: Difference) -> tuple[str, str]:
    """What the buttons say: what keeps what is here, and what takes what the other one has."""
    match difference.kind:
        case "left":
            return tr("Keep it"), tr("Delete it")
        case "right":
            return tr("Leave it out"), tr("Add it")
        case "class":
            return (
                tr("Keep “{name}”", name=difference.left_class),
                tr("Change to “{name}”", name=difference.right_class),
            )
        case "shape":
            return tr("Keep this shape"), tr("Take the dashed shape")
