"""Large images tile by tile: what is found in each, put together without duplicates.

Memory is bounded by the tile: one is looked at at a time, and what waits to be put together has a limit of its own.

**Objects cut at a tile's border.** A detection that touches a border of its tile that is not one of the image is a
*fragment*. Tiles overlap, so mostly another one shows the whole object:

- A detection that is whole comes first; a fragment is judged as if it had half its score.
- A whole detection is a duplicate of a better one of its class in another tile by the rule the network itself uses
  inside a tile: the IoU of their boxes.
- A fragment is a duplicate where a whole detection of its class covers half of its pixels or more.
- A sliver at the border that is no thicker than boxes are exact is dropped.
- Fragments that nobody shows whole are joined across tiles where they agree: on what both tiles show, the IoU of their
  masks is at least one half. A joined object has one fragment a tile, and the best score of them. Tiles that do not
  overlap leave nothing to agree on: what they cut stays in parts.
- From the whole image, where it is looked at too, come only objects larger than the overlap: smaller ones lie whole in
  some tile, and larger to the network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.geometry.masks import Size
from core.geometry.tiles import Tile, cut_picture, tiles
from core.inference.prediction import Prediction
from core.recipes.model_spec import ModelSpec

_CANDIDATES = 4
"""How many of the best detections of all tiles are merged for each instance that may be kept."""
_HANDICAP = 0.5
_CLOSE = 0.01
"""Share of a tile: a detection this near to the tile's border touches it, since boxes are no more exact than that."""
_AGREEMENT = 0.5
_PLAUSIBLE = 0.25
"""Where boxes share less than this, masks cannot be expected to agree, and are not compared."""
_GRID = 32
"""Masks are compared at so many points a side: enough to tell one half, whatever the size of the object."""

PredictTile = Callable[[NDArray[np.uint8]], Prediction]
Floats = NDArray[np.float32]


def look_in_tiles(look: PredictTile, image: NDArray[np.uint8], spec: ModelSpec) -> Prediction:
    """What ``look`` finds in an RGB ``image`` ``(h, w, 3)`` tile by tile; in the whole image at once without
    ``spec.tiling``, or when the image is no larger than a tile. Best score first, at most ``spec.in_tiles`` instances
    from tiles."""
    size, tiling = image.shape[:2], spec.tiling
    regions = tiles(size, tiling.size, tiling.overlap) if tiling else []
    if tiling is None or len(regions) == 1:
        return look(image)
    seen = _TopDetections(size, _CANDIDATES * spec.in_tiles)
    for region in regions:
        seen.add(look(cut_picture(image, region)), region)
    if tiling.whole:
        whole = look(image)
        larger = (whole.boxes[:, 2:] - whole.boxes[:, :2]).max(1, initial=0) > tiling.size * tiling.overlap
        seen.add(whole.take(larger), Tile(0, 0, size[1], size[0]))
    return _Merge(seen, spec.iou_threshold).result().best(spec.in_tiles)


class _TopDetections:
    """The ``most`` best detections of all tiles, in pixels of the image."""

    def __init__(self, size: Size, most: int) -> None:
        self.found = Prediction(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.int64),
            np.zeros((0, 28, 28), np.float32),
            size,
        )
        self.tile = np.zeros(0, np.int64)
        """Index into ``regions`` for each."""
        self.fragment = np.zeros(0, bool)
        self.regions: list[Tile] = []
        self._most = most

    def add(self, found: Prediction, region: Tile) -> None:
        """``found`` lies in pixels of ``region``."""
        number = len(self.regions)
        self.regions.append(region)
        if not len(found):
            return
        before, most = self.found, self._most
        boxes = found.boxes + np.array([region.x, region.y] * 2, np.float32)
        fragment, sliver = _at_inner_border(boxes, region, before.size)
        found, boxes, fragment = found.take(~sliver), boxes[~sliver], fragment[~sliver]
        self.tile = np.concatenate([self.tile, np.full(len(found), number)])
        self.fragment = np.concatenate([self.fragment, fragment])
        self.found = Prediction(
            np.concatenate([before.boxes, boxes]),
            np.concatenate([before.scores, found.scores]),
            np.concatenate([before.labels, found.labels]),
            np.concatenate([before.masks, found.masks]) if len(before) else found.masks,
            before.size,
            max(before.missing_below, found.missing_below),
        )
        if len(self.found) > most:
            best = np.argsort(-self.found.scores, kind="stable")
            missing_below = max(self.found.missing_below, float(self.found.scores[best[most]]))
            best = np.sort(best[:most])
            self.found = replace(self.found.take(best), missing_below=missing_below)
            self.tile, self.fragment = self.tile[best], self.fragment[best]


def _at_inner_border(boxes: Floats, region: Tile, size: Size) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which ``boxes`` ``(N, 4)``, in pixels of the image, touch a border of their tile that is not the image's, and
    which of them lie there altogether."""
    start, end = np.array([region.x, region.y]), np.array([region.x + region.width, region.y + region.height])
    close = np.maximum((end - start) * _CLOSE, 1.0)
    before, after = np.where(start > 0, start + close, -np.inf), np.where(end < size[::-1], end - close, np.inf)
    low, high = boxes[:, :2], boxes[:, 2:]
    touches, inside = (low < before) | (high > after), (high <= before) | (low >= after)
    return np.asarray(touches.any(1)), np.asarray(inside.any(1))


@dataclass(slots=True)
class _Object:
    """What was found of one object: one whole detection, or fragments, one a tile."""

    members: list[int]
    fragments: bool
    tiles: set[int] = field(default_factory=set)


class _Merge:
    """Takes the detections from the best to the worst: each is a new object, part of one, or a duplicate."""

    def __init__(self, seen: _TopDetections, iou_threshold: float) -> None:
        self._found, self._seen, self._iou = seen.found, seen, iou_threshold
        self._objects: list[_Object] = []
        # One row for each object, so that one comparison finds those that a detection meets.
        self._boxes = np.zeros((len(seen.found), 4), np.float32)
        self._labels = np.full(len(seen.found), -1, np.int64)
        rank = seen.found.scores * np.where(seen.fragment, _HANDICAP, 1.0)
        for index in np.argsort(-rank, kind="stable").tolist():
            self._add(index)

    def result(self) -> Prediction:
        """The objects, best score first."""
        found = self._found
        objects = [item for item in self._objects if item.members]
        scores = np.array([found.scores[item.members].max() for item in objects], np.float32)
        best = np.argsort(-scores, kind="stable")
        first = np.array([objects[index].members[0] for index in best], np.int64)
        whole = found.take(first)
        boxes, masks = whole.boxes.copy(), whole.masks.copy()
        for row, index in enumerate(best):
            if len(members := objects[index].members) > 1:
                boxes[row] = _around(found.boxes[members])
                parts = [_sample(found.masks[part], found.boxes[part], boxes[row], masks.shape[1]) for part in members]
                masks[row] = np.max(parts, axis=0)
        return Prediction(boxes, scores[best], whole.labels, masks, found.size, found.missing_below)

    def _add(self, index: int) -> None:
        """Take in the next best detection."""
        tile, fragment = int(self._seen.tile[index]), bool(self._seen.fragment[index])
        same: list[int] = []
        for number, iou, share in self._met(index):
            other = self._objects[number]
            if fragment and other.fragments:
                agrees = any(self._agree(index, member) for member in other.members)
                if agrees and tile in other.tiles:
                    return
                if agrees:
                    same.append(number)
            elif tile not in other.tiles:
                covered = fragment and share >= _PLAUSIBLE and self._is_covered(index, other.members[0])
                if covered or (not fragment and iou >= self._iou):
                    return
        self._put(_Object([index], fragment, {tile}), same)

    def _put(self, new: _Object, same: Sequence[int]) -> None:
        """Add an object, joined with those that it agrees with, as far as they have no tile in common."""
        row = len(self._objects)
        for number in same:
            other = self._objects[number]
            if not new.tiles & other.tiles:
                new.members += other.members
                new.tiles |= other.tiles
                other.members = []
                self._labels[number] = -1
        self._objects.append(new)
        self._boxes[row] = _around(self._found.boxes[new.members])
        self._labels[row] = self._found.labels[new.members[0]]

    def _met(self, index: int) -> list[tuple[int, float, float]]:
        """The objects of its class whose boxes overlap that of a detection: the number of each, the IoU of the boxes,
        and the share of the detection's box."""
        box, others = self._found.boxes[index], self._boxes[: len(self._objects)]
        shared = _intersections(box, others)
        met = np.nonzero((shared > 0) & (self._labels[: len(others)] == self._found.labels[index]))[0]
        shared, area = shared[met], _areas(box[None])
        iou, share = shared / (area + _areas(others[met]) - shared), shared / area
        return list(zip(met.tolist(), iou.tolist(), share.tolist(), strict=True))

    def _is_covered(self, index: int, other: int) -> bool:
        """Whether enough of a detection's pixels are another's too."""
        mine, theirs = self._pixels(index, other, self._found.boxes[index])
        return bool((mine & theirs).sum() >= _AGREEMENT * max(mine.sum(), 1))

    def _agree(self, index: int, other: int) -> bool:
        """Whether two fragments of different tiles are the same on what both tiles show."""
        one, two = (self._seen.regions[self._seen.tile[item]] for item in (index, other))
        if one is two:
            return False
        corners = [
            np.array([tile.x, tile.y, tile.x + tile.width, tile.y + tile.height], np.float32) for tile in (one, two)
        ]
        both = _shared(*corners)
        parts = [_shared(self._found.boxes[item], both) for item in (index, other)]
        if any((part[2:] <= part[:2]).any() for part in parts):
            return False
        frame = _around(np.stack(parts))
        if _intersections(parts[0], parts[1][None])[0] < _PLAUSIBLE * _areas(frame[None])[0]:
            return False
        mine, theirs = self._pixels(index, other, frame)
        return bool((mine & theirs).sum() >= _AGREEMENT * max((mine | theirs).sum(), 1))

    def _pixels(self, index: int, other: int, frame: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Two masks at the same points, evenly spread over ``frame``."""
        found = self._found
        one, two = (_sample(found.masks[item], found.boxes[item], frame, _GRID) > 0.5 for item in (index, other))
        return one, two


def _sample(probabilities: Floats, box: Floats, frame: Floats, side: int) -> Floats:
    """A map ``(m, m)`` that spans ``box``, at ``side × side`` points spread evenly over ``frame``; zero outside."""
    cells = np.array(probabilities.shape[::-1]) / (box[2:] - box[:2])
    step = (frame[2:] - frame[:2]) / side * cells
    start = (frame[:2] - box[:2]) * cells + step / 2 - 0.5
    to_cell = np.array([[step[0], 0, start[0]], [0, step[1], start[1]]], np.float64)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(probabilities, to_cell, (side, side), flags=flags), np.float32)


def _around(boxes: Floats) -> Floats:
    """The smallest box that holds them all."""
    return np.concatenate([boxes[:, :2].min(0), boxes[:, 2:].max(0)])


def _shared(one: Floats, other: Floats) -> Floats:
    """The box of what two boxes share; its end lies before its start when they share nothing."""
    return np.concatenate([np.maximum(one[:2], other[:2]), np.minimum(one[2:], other[2:])])


def _intersections(box: Floats, others: Floats) -> Floats:
    """Pixels that a box ``(4,)`` shares with each of ``others`` ``(N, 4)``."""
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0), np.float32)


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), np.float32)
