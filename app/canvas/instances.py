"""Shapes of instances: of a dataset's, of a model's predictions, and of those of one image while they are edited. They
are made in workers."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import is_not

from app.canvas.outline import BoxOutline, Outline, PolygonOutline, RunOutline
from app.canvas.shape import Shape, ShapeStyle
from app.threads.frame_priority import frame_priority
from core.annotation.editing.model import Annotation
from core.dataset import Category, Dataset, Image
from core.dataset.palette import class_color, new_colors
from core.geometry.mask_style import NO_CLASS, Color
from core.geometry.masks import Mask, Size
from core.geometry.segmentation import Rle, Segmentation, mask_of, parts_of
from core.inference.prediction import Prediction
from core.words import tr

ClassStyle = tuple[Color, str]
"""Color and name of a class."""
ClassStyles = Mapping[int, ClassStyle]
"""By ``Category.id``."""


def truth(dataset: Dataset, image: Image) -> list[Shape]:
    """The annotated instances of an image; ``key`` is the position of the instance in the image."""
    shapes = []
    for key, instance in enumerate(dataset.instances(image)):
        source: Mask | Outline = BoxOutline(instance.box, (image.height, image.width))
        if instance.segmentation:
            source = dataset.mask(image, instance)
        name = dataset.categories[instance.label].name
        text, style = _label(name, crowd=instance.crowd, box=not instance.segmentation)
        shapes.append(Shape(source, dataset.color(instance.label), text, style, key))
    return shapes


def not_labelled(segmentation: Segmentation | None, size: Size) -> list[Shape]:
    """The part of an image of ``size`` that nobody has labelled, if any; its ``key`` is that of no instance."""
    mask = mask_of(segmentation, size)
    return [Shape(mask, NO_CLASS, tr("not labelled"), "crowd", -1)] if mask.area else []


def all_of(dataset: Dataset, image: Image) -> list[Shape]:
    """What is said of an image: where it is not labelled, and its instances."""
    return [*not_labelled(dataset.not_labelled(image), (image.height, image.width)), *truth(dataset, image)]


def predicted(prediction: Prediction, names: Sequence[str], known: Sequence[Category]) -> list[Shape]:
    """The instances that a model found; ``key`` is their position in ``prediction``.

    ``names`` are the classes of the model, ``known`` those of the dataset.
    """
    colors = class_colors(names, known)
    shapes = []
    for key in range(len(prediction)):
        name = names[int(prediction.labels[key])]
        text = f"{name} {prediction.scores[key]:.2f}"
        shapes.append(Shape(prediction.mask(key), colors[name], text, "prediction", key))
    return shapes


def class_colors(names: Sequence[str], known: Sequence[Category]) -> dict[str, Color]:
    """A color for each class of a model: the dataset's where it has a class of that name, else one of its own."""
    colors = {category.name: category.color or class_color(label) for label, category in enumerate(known)}
    others = [name for name in names if name not in colors]
    return colors | dict(zip(others, new_colors(colors.values(), len(known), len(others)), strict=True))


def class_styles(categories: Iterable[Category]) -> ClassStyles:
    """How the classes of a dataset look."""
    return {item.id: (item.color or class_color(place), item.name) for place, item in enumerate(categories)}


def _label(name: str, *, crowd: bool, box: bool) -> tuple[str, ShapeStyle]:
    return (tr("{name} (crowd)", name=name), "crowd") if crowd else (name, "box" if box else "truth")


# While they are edited: only what an edit touched is made anew

MadeShape = tuple[Annotation, ClassStyle, Shape]
"""A shape and what it was made from."""


def make_all(
    annotations: Mapping[int, Annotation],
    size: Size,
    styles: ClassStyles,
    known: Mapping[int, MadeShape] | None = None,
    pace: Callable[[Collection[int]], Iterable[int]] = frame_priority.paced,
) -> dict[int, MadeShape]:
    """The shapes of an image of ``size``, in any thread: polygons are drawn as they are, masks by pixels. Of the
    ``known`` ones, those that are as before stay; those with the same outline share it."""
    before, made = known or {}, {}
    for id in pace(annotations):  # ten thousand times after every stroke
        one = annotations[id]
        there, look = before.get(id), styles[one.category]
        if there is not None and there[0] is one and there[1] == look:
            made[id] = there
            continue
        (color, name), segmentation = look, one.segmentation
        text, style = _label(name, crowd=one.crowd, box=not segmentation)
        if there is not None and segmentation and there[0].segmentation is segmentation:
            made[id] = one, look, there[2].restyled(color, text, style)
            continue
        source: Mask | Outline
        if isinstance(segmentation, Rle):
            source = RunOutline(segmentation)
        else:
            source = PolygonOutline(parts, size) if (parts := parts_of(segmentation)) else BoxOutline(one.box, size)
        made[id] = one, look, Shape(source, color, text, style, id)
    return made


class InstanceShapes:
    """Keeps the shapes of the image in view in step with its instances."""

    def __init__(self) -> None:
        self.made: Mapping[int, MadeShape] = {}
        self._ahead: tuple[Mapping[int, Annotation], Mapping[int, MadeShape]] = {}, {}
        """What a worker has made of the instances that an edit is about to bring."""
        self._of: tuple[Mapping[int, Annotation], ClassStyles] = {}, {}

    def begin(self, made: Mapping[int, MadeShape]) -> None:
        """Another image, whose shapes a worker has made."""
        self.made, self._ahead = made, ({}, {})
        self._of = {}, {}

    def expect(self, annotations: Mapping[int, Annotation], made: Mapping[int, MadeShape]) -> None:
        """A worker has made the shapes of the instances that the next edit brings."""
        self._ahead = annotations, made

    def follow(self, annotations: Mapping[int, Annotation], size: Size, styles: ClassStyles) -> bool:
        """Make what is new or different; ``False`` when nothing is."""
        if annotations is self._of[0] and styles == self._of[1]:
            return False  # a draft makes a new mapping for every change
        before, (coming, ahead) = self.made, self._ahead
        self.made = ahead if annotations is coming else make_all(annotations, size, styles, before)
        self._ahead, self._of = ({}, {}), (annotations, styles)
        return len(before) != len(self.made) or any(map(is_not, self.made.values(), map(before.get, self.made)))

    def show(self, hidden: Collection[int]) -> list[Shape]:
        """All shapes, with ``visible`` set."""
        for id, (_, _, shape) in self.made.items():
            shape.visible = id not in hidden
        return [shape for _, _, shape in self.made.values()]

    def of(self, ids: Iterable[int]) -> list[Shape]:
        """The shapes of some instances."""
        return [self.made[id][2] for id in ids if id in self.made]
