"""How many objects a model finds: its own limit, and what models from before there was one did."""

import msgspec
import pytest

from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec, Tiling

INPUT = InputSpec(height=64, width=64, pad_value=0, mean=(0, 0, 0), std=(1, 1, 1))


def model(architecture: str = "rtmdet_inst", tiling: Tiling | None = None, most: int | None = None) -> ModelSpec:
    return ModelSpec("r", architecture, "b", (ClassSpec(1, "bolt"),), INPUT, tiling, max_detections=most)


@pytest.mark.parametrize(
    ("spec", "in_one_look", "in_tiles", "counted"),
    [
        (model(), 100, 1000, 100),
        (model("mask_rcnn_efficientnet_b2b"), 500, 1000, 100),
        (model(tiling=Tiling(64, 0.2, True)), 100, 1000, 100),
        (model(most=340), 340, 340, 340),
        (model(tiling=Tiling(64, 0.2, True, 120), most=1000), 120, 1000, 1000),
        (model(tiling=Tiling(64, 0.2, True, 120), most=30), 30, 30, 30),
    ],
)
def test_the_limits_of_a_model(spec: ModelSpec, in_one_look: int, in_tiles: int, counted: int) -> None:
    assert (spec.in_one_look, spec.in_tiles, spec.counted) == (in_one_look, in_tiles, counted)


def test_another_limit_holds_for_the_image_and_its_tiles() -> None:
    other = model(tiling=Tiling(64, 0.2, True, 120), most=1000).with_limit(2000)
    assert (other.in_one_look, other.in_tiles, other.counted) == (2000, 2000, 2000)
    assert model().with_limit(30).in_one_look == 30


@pytest.mark.parametrize("most", [0, -3, 10**9, "many"])
def test_a_limit_that_makes_no_sense_is_none(most: object) -> None:
    written = msgspec.to_builtins(model()) | {"max_detections": most}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, ModelSpec)


def test_a_model_from_before_there_were_limits_is_read() -> None:
    written = msgspec.to_builtins(model(tiling=Tiling(64, 0.2, True)))
    del written["max_detections"], written["tiling"]["max_detections"]
    assert msgspec.json.decode(msgspec.json.encode(written), type=ModelSpec).counted == 100


@pytest.mark.parametrize(
    "odd",
    [
        {"height": 2**31},
        {"height": 0},
        {"width": 33},
        {"pad_value": 256},
        {"std": [0.0, 1.0, 1.0]},
        {"std": [1e-320, 1.0, 1.0]},
        {"mean": [1e308, 0.0, 0.0]},
    ],
)
def test_an_input_that_no_network_has_is_none(odd: dict[str, object]) -> None:
    written = msgspec.to_builtins(model())
    msgspec.convert(written, ModelSpec)
    written["input"] |= odd
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(written, ModelSpec)
