"""A SAM whose answers can be worked out on paper: same files, same ports, no learning.

The encoder gives the mean of each patch of 16 × 16 input pixels. The decoder's logits are distances in input pixels:
inside a disc of ``RADIUS`` around a plus click, inside the box, or where the mask was before; outside of a disc of
``RADIUS`` around each minus click; and only in patches that are brighter than the mean color.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 128
PATCHES, CELLS = SIDE // 16, SIDE // 4
RADIUS = 24.0
FAR = 1000.0
SCORES = (0.5, 0.7, 0.9, 0.6)
GROWTH = (0.0, -8.0, 0.0, 8.0)
"""How much wider, in input pixels, each of the four masks is than the first."""


def write_pair(folder: Path, **decoder: Any) -> Path:
    """An encoder and a decoder in ``folder``; see ``write_decoder``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_encoder(folder / "see.onnx")
    write_decoder(folder / "tell.onnx", **decoder)
    return folder


def write_encoder(path: Path, *, picture: bool = False, side: int = SIDE) -> None:
    """One that takes normalised planes, or with ``picture`` an image that it normalises itself."""
    graph = _Graph()
    planes = "image"
    if picture:
        mean, std = ([123.675, 116.28, 103.53], [58.395, 57.12, 57.375])
        normal = graph.add("Div", graph.add("Sub", "image", graph.const(mean)), graph.const(std))
        planes = graph.add("Unsqueeze", graph.add("Transpose", normal, perm=[2, 0, 1]), graph.const([0], np.int64))
    graph.add("AveragePool", planes, kernel_shape=[16, 16], strides=[16, 16], name="image_embeddings")
    shape = ["height", "width", 3] if picture else [1, 3, side, side]
    graph.save(path, {"image": shape}, {"image_embeddings": [1, 3, side // 16, side // 16]})


def write_decoder(
    path: Path, *, without: Sequence[str] = (), masks: int = 4, large: bool = False, side: int = SIDE
) -> None:
    """A decoder with ``masks`` masks that lacks the ports ``without``. ``large`` gives its masks the wrong size."""
    graph = _Graph()
    patches, cells = side // 16, side // 4
    centre = (np.arange(cells) + 0.5) * 4
    x, y = graph.const(centre.reshape(1, 1, 1, -1)), graph.const(centre.reshape(1, 1, -1, 1))
    place = graph.add("Add", "point_coords", graph.const(0.5))  # SAM counts from the centre of a pixel
    label = graph.add("Unsqueeze", "point_labels", graph.const([2, 3], np.int64))  # (1, n, 1, 1)
    px, py = (graph.column(place, axis) for axis in (0, 1))
    dx, dy = graph.add("Sub", x, px), graph.add("Sub", y, py)
    distance = graph.add("Sqrt", graph.add("Add", graph.add("Mul", dx, dx), graph.add("Mul", dy, dy)))
    disc = graph.add("Sub", graph.const(RADIUS), distance)
    plus = graph.largest(graph.where(label, 1, disc))
    minus = graph.largest(graph.where(label, 0, disc))
    first, second = (graph.where(label, kind, graph.const(1.0), other=0.0) for kind in (2, 3))
    boxed = graph.add("ReduceMax", second, axes=[0, 1, 2, 3], keepdims=1)
    sides = [
        graph.add("Sub", along, graph.total(graph.add("Mul", first, point))) for along, point in ((x, px), (y, py))
    ] + [graph.add("Sub", graph.total(graph.add("Mul", second, point)), along) for along, point in ((x, px), (y, py))]
    box = graph.add("Min", *sides)
    logits = graph.add("Max", plus, graph.if_(boxed, box))
    if "mask_input" not in without:
        has = graph.add("Reshape", "has_mask_input", graph.const([1, 1, 1, 1], np.int64))
        logits = graph.add("Max", graph.add("Where", graph.over(has), plus, logits), graph.if_(has, "mask_input"))
    bright = graph.add("Slice", "image_embeddings", *(graph.const([n], np.int64) for n in (0, 1, 1)))
    gate = graph.add("Resize", bright, "", graph.const([1, 1, 4, 4]), mode="nearest")
    logits = graph.add("Min", logits, graph.add("Mul", gate, graph.const(FAR)), graph.add("Neg", minus))
    grown = graph.add("Add", logits, graph.const(np.reshape(GROWTH[:masks], (1, -1, 1, 1))))
    out = "masks" if "low_res_masks" in without else "low_res_masks"
    twice = [1.0, 1.0, 2.0, 2.0] if large else [1.0, 1.0, 1.0, 1.0]
    graph.add("Resize", grown, "", graph.const(twice), mode="nearest", name=out)
    graph.add("Identity", graph.const([SCORES[:masks]]), name="iou_predictions")
    inputs = {
        "image_embeddings": [1, 3, patches, patches],
        "point_coords": [1, "n", 2],
        "point_labels": [1, "n"],
        "mask_input": [1, 1, cells, cells],
        "has_mask_input": [1],
        "orig_im_size": [2],
    }
    outputs = {out: [1, masks, "h", "w"], "iou_predictions": [1, masks]}
    graph.save(path, _but(inputs, without), _but(outputs, without))


def _but(ports: dict[str, list[Any]], without: Sequence[str]) -> dict[str, list[Any]]:
    return {name: shape for name, shape in ports.items() if name not in without}


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def const(self, value: Any, kind: Any = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, kind), name))
        return name

    def add(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def column(self, points: str, axis: int) -> str:
        """Coordinate ``axis`` of ``(1, n, 2)`` as ``(1, n, 1, 1)``."""
        one = self.add("Gather", points, self.const([axis], np.int64), axis=2)
        return self.add("Unsqueeze", one, self.const([3], np.int64))

    def where(self, label: str, kind: int, value: str, other: float = -FAR) -> str:
        return self.add("Where", self.add("Equal", label, self.const(float(kind))), value, self.const(other))

    def over(self, flag: str) -> str:
        return self.add("Greater", flag, self.const(0.5))

    def if_(self, flag: str, value: str) -> str:
        return self.add("Where", self.over(flag), value, self.const(-FAR))

    def largest(self, value: str) -> str:
        return self.add("ReduceMax", value, axes=[1], keepdims=1)

    def total(self, value: str) -> str:
        return self.add("ReduceSum", value, self.const([1], np.int64), keepdims=1)

    def save(self, path: Path, inputs: dict[str, list[Any]], outputs: dict[str, list[Any]]) -> None:
        ports = [
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in side.items()]
            for side in (inputs, outputs)
        ]
        graph = helper.make_graph(self.nodes, "sam", *ports, self.constants)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
