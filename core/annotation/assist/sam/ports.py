"""The inputs and outputs of SAM's two networks, read from the files and checked before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import UserError
from core.inference.openvino_runtime import read_model
from core.words import tr

_USUAL_SIDE = 1024
_PATCH = 16
"""Input pixels for one cell of the embedding, each way."""
_CELLS_A_PATCH = 4
"""Cells of the mask for one of the embedding, each way."""
_EMBEDDING = "image_embeddings"


@dataclass(frozen=True, slots=True)
class Encoder:
    """A network that looks at a picture."""

    path: Path
    model: Any
    planes: bool
    """Takes normalised planes ``(1, 3, side, side)``; otherwise a picture ``(side, side, 3)`` that it normalises."""
    side: int
    """Pixels of the square that the picture is put into; 0 for any."""
    output: int
    channels: int

    @property
    def embedding(self) -> tuple[int, int, int, int]:
        """Shape of what it makes."""
        return 1, self.channels, self.side // _PATCH, self.side // _PATCH


@dataclass(frozen=True, slots=True)
class Decoder:
    """A network that turns an embedding and points into masks."""

    path: Path
    model: Any
    masks: str
    """The output with the low-resolution logits."""
    scores: str
    takes_mask: bool


def read(core: Any, path: Path) -> Encoder | Decoder:
    """The network in an ONNX or IR file. Raises ``UserError`` that says what lacks when it is none of SAM's."""
    if not path.is_file():
        raise UserError(
            tr("there is no file {path}", path=path), tr("choose a SAM encoder or decoder: ONNX or OpenVINO IR")
        )
    model = read_model(core, path)
    names = _names(model.inputs)
    return _decoder(path, model) if {"point_coords", "point_labels"} & names else _encoder(path, model)


def _names(ports: Any) -> set[str]:
    return {name for port in ports for name in port.get_names()}


def _encoder(path: Path, model: Any) -> Encoder:
    if len(model.inputs) != 1:
        raise UserError(
            tr(
                "{path} is neither a SAM encoder nor a decoder: its inputs are {listed}",
                path=path,
                listed=_listed(model.inputs),
            ),
            tr("an encoder has one input, the picture; a decoder has point_coords and point_labels"),
        )
    shape = _shape(model.inputs[0])
    planes = len(shape) == 4 and shape[1] in (3, None)
    picture = len(shape) == 3 and shape[2] in (3, None)
    sides = shape[2:] if planes else shape[:2]
    known = {side for side in sides if side is not None}
    if not (planes or picture) or len(known) > 1 or any(side % _PATCH for side in known):
        raise UserError(
            tr("{path} is not a SAM encoder: its input is {listed}", path=path, listed=_listed(model.inputs)),
            tr("it should take a square picture: 1 × 3 × 1024 × 1024, or height × width × 3"),
        )
    output = next((index for index, port in enumerate(model.outputs) if _EMBEDDING in port.get_names()), 0)
    made = _shape(model.outputs[output]) if model.outputs else ()
    if len(made) != 4 or made[1] is None:
        raise UserError(
            tr("{path} is not a SAM encoder: its output is {listed}", path=path, listed=_listed(model.outputs)),
            tr("it should be 1 × 256 × 64 × 64"),
        )
    return Encoder(path, model, planes, next(iter(known), 0), output, made[1])


def _decoder(path: Path, model: Any) -> Decoder:
    inputs, outputs = _names(model.inputs), _names(model.outputs)
    missing = [name for name in (_EMBEDDING, "point_coords", "point_labels") if name not in inputs]
    # Exports that do not ask for the size of the picture leave it to the caller to enlarge “masks”.
    masks = next(
        (name for name in ("low_res_masks", *_if("masks", "orig_im_size" not in inputs)) if name in outputs), ""
    )
    scores = next((name for name in ("iou_predictions", "scores") if name in outputs), "")
    missing += [*_if("low_res_masks", not masks), *_if("iou_predictions", not scores)]
    if missing:
        raise UserError(
            tr("{path} is not a SAM decoder: it lacks {missing}", path=path, missing=", ".join(missing)),
            tr(
                "it has the inputs {inputs} and the outputs {outputs}",
                inputs=_listed(model.inputs),
                outputs=_listed(model.outputs),
            ),
        )
    return Decoder(path, model, masks, scores, {"mask_input", "has_mask_input"} <= inputs)


def paired(encoder: Encoder, decoder: Decoder) -> Encoder:
    """The encoder, of the size that the decoder asks for where it takes any.

    Raises ``UserError`` when the decoder wants another embedding than the encoder makes.
    """
    port = next(port for port in decoder.model.inputs if _EMBEDDING in port.get_names())
    wanted = _shape(port)
    if not encoder.side:
        encoder = replace(encoder, side=wanted[-1] * _PATCH if wanted and wanted[-1] else _USUAL_SIDE)
    if len(wanted) != 4 or any(a not in (None, b) for a, b in zip(wanted, encoder.embedding, strict=True)):
        raise UserError(
            tr(
                "{decoder} does not belong to {encoder}: it takes {ports}, not {sides}",
                decoder=decoder.path.name,
                encoder=encoder.path.name,
                ports=_listed([port]),
                sides=_sides(encoder.embedding),
            ),
            tr("put an encoder and a decoder of the same model into the folder"),
        )
    return encoder


def cells(encoder: Encoder) -> int:
    """Side of the low-resolution masks."""
    return encoder.side // _PATCH * _CELLS_A_PATCH


def _if(name: str, condition: bool) -> list[str]:
    return [name] if condition else []


def _shape(port: Any) -> list[int | None]:
    """Sizes of the dimensions, ``None`` for one that may have any; none where not even their number is known."""
    shape = port.get_partial_shape()
    return [] if shape.rank.is_dynamic else [side.get_length() if side.is_static else None for side in shape]


def _listed(ports: Any) -> str:
    """Names with their shapes, for a message."""
    return ", ".join(f"{next(iter(port.get_names()), 'unnamed')} ({_sides(_shape(port))})" for port in ports)


def _sides(shape: Sequence[int | None]) -> str:
    return " × ".join("?" if size is None else str(size) for size in shape)
