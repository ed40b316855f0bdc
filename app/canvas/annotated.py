"""The shapes of the instances of one image while they are edited: only what an edit touched is made anew."""

from collections.abc import Callable, Iterable, Mapping

from app.canvas.outline import PolygonOutline
from app.canvas.shape import Shape
from core.annotation.model import Annotation
from core.dataset.palette import Colour
from core.geometry.masks import Size

Look = tuple[Colour, str]
"""Colour and name of a class."""
Looks = Mapping[int, Look]
"""By ``Category.id``."""


def make(annotation: Annotation, size: Size, look: Look, key: int) -> Shape:
    """The shape of one instance, in any thread; ``key`` is its id. Polygons are drawn as they are, masks by pixels."""
    color, name = look
    text = f"{name} (crowd)" if annotation.crowd else name
    drawn = annotation.segmentation
    source = PolygonOutline(drawn, size) if drawn and isinstance(drawn, list) else annotation.mask(size)
    return Shape(source, color, text, "crowd" if annotation.crowd else "truth", key)


def make_all(annotations: Mapping[int, Annotation], size: Size, looks: Looks) -> dict[int, "Made"]:
    """The shapes of an image. For a worker."""
    return {
        id: (annotation, looks[annotation.category], make(annotation, size, looks[annotation.category], id))
        for id, annotation in annotations.items()
    }


Made = tuple[Annotation, Look, Shape]
"""A shape and what it was made from."""


class Shapes:
    """Keeps the shapes of the image in view in step with its instances."""

    def __init__(self) -> None:
        self._made: dict[int, Made] = {}
        self._of: tuple[Mapping[int, Annotation], Looks] = {}, {}

    def begin(self, made: dict[int, Made]) -> None:
        """Another image, whose shapes a worker has made."""
        self._made = made
        self._of = {}, {}

    def follow(self, annotations: Mapping[int, Annotation], size: Size, looks: Looks) -> bool:
        """Make what is new or different; ``False`` when nothing is."""
        if annotations is self._of[0] and looks == self._of[1]:
            return False  # a draft makes a new mapping for every change
        made, different = {}, self._made.keys() != annotations.keys()
        for id, annotation in annotations.items():
            look, known = looks[annotation.category], self._made.get(id)
            if known is None or known[0] is not annotation or known[1] != look:
                known, different = (annotation, look, make(annotation, size, look, id)), True
            made[id] = known
        self._made, self._of = made, (annotations, looks)
        return different

    def show(self, visible: Callable[[int, Annotation], bool]) -> list[Shape]:
        """All shapes, each told whether it is visible."""
        for id, (annotation, _, shape) in self._made.items():
            shape.visible = visible(id, annotation)
        return [shape for _, _, shape in self._made.values()]

    def of(self, ids: Iterable[int]) -> list[Shape]:
        """The shapes of some instances."""
        return [self._made[id][2] for id in ids if id in self._made]
