"""The shapes of the instances of one image while they are edited: only what an edit touched is made anew."""

from collections.abc import Callable, Collection, Iterable, Mapping
from operator import is_not

from app.canvas.outline import Outline, PolygonOutline, RunOutline
from app.canvas.shape import Shape, Style
from app.threads.frame_priority import frame_priority
from core.annotation.editing.model import Annotation
from core.dataset import Category
from core.dataset.palette import Color, class_color
from core.geometry.masks import Mask, Size
from core.geometry.segmentation import Rle, parts_of
from core.words import tr

ClassStyle = tuple[Color, str]
"""Color and name of a class."""
ClassStyles = Mapping[int, ClassStyle]
"""By ``Category.id``."""

_TRUTH: Style = "truth"
_CROWD: Style = "crowd"


Made = tuple[Annotation, ClassStyle, Shape]
"""A shape and what it was made from."""


def class_styles(categories: Iterable[Category]) -> ClassStyles:
    """How the classes of a dataset look."""
    return {item.id: (item.color or class_color(place), item.name) for place, item in enumerate(categories)}


def make_all(
    annotations: Mapping[int, Annotation],
    size: Size,
    styles: ClassStyles,
    known: Mapping[int, Made] | None = None,
    pace: Callable[[Collection[int]], Iterable[int]] = frame_priority.paced,
) -> dict[int, Made]:
    """The shapes of an image of ``size``, in any thread. Of the ``known`` ones, those that are as before stay."""
    before, made = known or {}, {}
    for id in pace(annotations):  # ten thousand times after every stroke
        one = annotations[id]
        there, look = before.get(id), styles[one.category]
        same = there is not None and there[0] is one and there[1] == look
        made[id] = there if there is not None and same else _made(there, one, size, look, id)
    return made


def _made(known: Made | None, annotation: Annotation, size: Size, look: ClassStyle, id: int) -> Made:
    """Polygons are drawn as they are, masks by pixels."""
    color, name = look
    text, style = (tr("{name} (crowd)", name=name), _CROWD) if annotation.crowd else (name, _TRUTH)
    if known is not None and annotation.segmentation and known[0].segmentation is annotation.segmentation:
        return annotation, look, known[2].restyled(color, text, style)
    return annotation, look, Shape(_outline(annotation, size), color, text, style, id)


def _outline(annotation: Annotation, size: Size) -> Mask | Outline:
    drawn = annotation.segmentation
    if isinstance(drawn, Rle):
        return RunOutline(drawn)
    return PolygonOutline(parts, size) if (parts := parts_of(drawn)) else annotation.mask(size)


class Shapes:
    """Keeps the shapes of the image in view in step with its instances."""

    def __init__(self) -> None:
        self.made: Mapping[int, Made] = {}
        self._ahead: tuple[Mapping[int, Annotation], Mapping[int, Made]] = {}, {}
        """What a worker has made of the instances that an edit is about to bring."""
        self._of: tuple[Mapping[int, Annotation], ClassStyles] = {}, {}

    def begin(self, made: Mapping[int, Made]) -> None:
        """Another image, whose shapes a worker has made."""
        self.made, self._ahead = made, ({}, {})
        self._of = {}, {}

    def expect(self, annotations: Mapping[int, Annotation], made: Mapping[int, Made]) -> None:
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
        """All shapes, each told whether it is visible."""
        for id, (_, _, shape) in self.made.items():
            shape.visible = id not in hidden
        return [shape for _, _, shape in self.made.values()]

    def of(self, ids: Iterable[int]) -> list[Shape]:
        """The shapes of some instances."""
        return [self.made[id][2] for id in ids if id in self.made]
