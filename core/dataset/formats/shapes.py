"""Shapes that several tools draw, as polygons; and reading XML and JSON that anybody may have written."""

import math
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
import shapely
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from core.errors import UserError
from core.geometry.bridged_rings import Ring, bridged, to_part
from core.geometry.masks import Size
from core.geometry.polygons import Parts
from core.geometry.rle import MAX_PIXELS
from core.reading import read_bytes
from core.words import tr

CORNERS = 64
"""Of the polygon that stands for a circle or an ellipse: it lies within a 400th of the radius."""
MOST_BYTES = 1 << 30
NO_AREA = tr("points and lines enclose nothing: they are left out")


def ellipse(x: float, y: float, across: float, down: float, degrees: float = 0.0) -> Parts:
    """An ellipse around ``x, y`` with the given radii, turned clockwise on the screen."""
    angles = np.arange(CORNERS) * (2 * math.pi / CORNERS)
    ring = np.stack([across * np.cos(angles), down * np.sin(angles)], 1)
    return [np.round(_turned(ring, degrees) + np.array([x, y]), 2).ravel().tolist()]


def rectangle(left: float, top: float, width: float, height: float, degrees: float = 0.0, *, pivot: str = "") -> Parts:
    """A rectangle, turned clockwise on the screen around its centre, or around its ``"corner"`` at the top left."""
    ring = np.array([(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)])
    middle = np.zeros(2) if pivot == "corner" else np.array([width / 2, height / 2])
    return [np.round(_turned(ring - middle, degrees) + middle + (left, top), 4).ravel().tolist()]


def even_odd(rings: Sequence[Ring]) -> Parts:
    """What rings of shape ``(N, 2)`` cover together where a ring inside another is a hole in it: a part for each piece,
    which walks into its holes. Rings that cross themselves are mended as far as they enclose something."""
    whole = reduce(shapely.symmetric_difference, (shapely.make_valid(shapely.Polygon(ring)) for ring in rings))
    pieces = [piece for piece in shapely.get_parts(whole) if isinstance(piece, shapely.Polygon)]
    return [
        to_part(bridged(*(shapely.get_coordinates(loop)[:-1] for loop in (piece.exterior, *piece.interiors))))
        for piece in pieces
    ]


def _turned(ring: Any, degrees: float) -> Any:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return ring @ np.array([[cosine, sine], [-sine, cosine]])


def read_xml(path: Path) -> Element:
    """The root of an XML file without entities, which a few lines could blow up to gigabytes. Raises ``UserError``."""
    try:
        root: Element = ElementTree.fromstring(read_bytes(path, MOST_BYTES), forbid_dtd=False)
    except OSError as error:
        raise UserError(tr("{path} cannot be read: {reason}", path=path, reason=error.strerror)) from error
    except DefusedXmlException as error:
        raise UserError(
            tr("{path} is not read: it declares entities", path=path), tr("annotations need none: export them again")
        ) from error
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise UserError(
            tr("{path} is no XML: {reason}", path=path, reason=str(error)), tr("export the annotations again")
        ) from error
    return root


def stated_size(height: object, width: object) -> Size | None:
    """Height and width as a file states them; ``None`` where no picture can be so large, or they are no numbers."""
    try:
        size = int(height), int(width)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return None
    return size if min(size) > 0 and size[0] * size[1] <= MAX_PIXELS else None


def listed(value: object) -> list[Any]:
    """A list in JSON; an empty one for anything else."""
    return value if isinstance(value, list) else []


def number(text: str | None) -> float:
    """A finite number in an attribute of XML. Raises ``ValueError``."""
    value = float(text or "")
    if not math.isfinite(value):
        raise ValueError(tr("is no number: {text}", text=text))
    return value
