"""Files that are no SAM are refused with what is missing from which."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from core.annotation.assist.sam import Click, Prompt, load
from core.errors import UserError
from tests.core.annotation.assist.sam.pair import write_decoder, write_encoder, write_pair


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (["low_res_masks"], "tell.onnx.*low_res_masks"),
        (["iou_predictions"], "tell.onnx.*iou_predictions"),
    ],
    ids=["masks", "scores"],
)
def test_an_output_that_is_missing_is_named(tmp_path: Path, without: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        load(write_pair(tmp_path, without=without))
    assert "point_coords (1 × ? × 2)" in caught.value.hint


def test_one_of_the_two_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no SAM encoder in"):
        load(tmp_path / "nowhere")
    write_encoder(tmp_path / "a.onnx")
    with pytest.raises(UserError, match="no SAM decoder in"):
        load(tmp_path)
    write_encoder(tmp_path / "b.onnx")
    write_decoder(tmp_path / "c.onnx")
    with pytest.raises(UserError, match=r"several SAM encoders: a\.onnx, b\.onnx"):
        load(tmp_path)
    assert load((tmp_path / "b.onnx", tmp_path / "c.onnx")).cells == 32


def test_two_that_do_not_belong_together(tmp_path: Path) -> None:
    write_encoder(tmp_path / "a.onnx", side=256)
    write_decoder(tmp_path / "b.onnx")
    with pytest.raises(UserError, match=r"b\.onnx does not belong to a\.onnx.*1 × 3 × 8 × 8.*not 1 × 3 × 16 × 16"):
        load(tmp_path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    write_pair(tmp_path)
    (tmp_path / "tell.onnx").write_text("hello")
    with pytest.raises(UserError, match=r"tell\.onnx is not an OpenVINO or ONNX model"):
        load(tmp_path)
    with pytest.raises(UserError, match=r"no file .*none\.onnx"):
        load((tmp_path / "see.onnx", tmp_path / "none.onnx"))


def test_a_network_that_is_something_else(tmp_path: Path) -> None:
    shutil.copy(write_pair(tmp_path / "pair") / "tell.onnx", tmp_path)
    write_encoder(tmp_path / "tall.onnx", side=100)
    with pytest.raises(UserError, match=r"tall\.onnx is not a SAM encoder: its input is image \(1 × 3 × 100 × 100\)"):
        load(tmp_path)


@pytest.mark.parametrize("damage", ["no output", "any rank"])
def test_a_network_that_ends_in_nothing_or_says_nothing_of_its_shape(tmp_path: Path, damage: str) -> None:
    model = onnx.load(write_pair(tmp_path) / "see.onnx")
    if damage == "no output":
        model.graph.ClearField("output")
    else:
        model.graph.input[0].type.tensor_type.ClearField("shape")
    onnx.save(model, tmp_path / "see.onnx")
    with pytest.raises(UserError, match=r"see\.onnx"):
        load(tmp_path)


def test_masks_of_a_wrong_size_are_not_used(tmp_path: Path) -> None:
    sam = load(write_pair(tmp_path, large=True))
    with pytest.raises(UserError, match=r"tell\.onnx answers with masks of shape \(1, 4, 64, 64\)"):
        sam.predict(sam.encode(np.zeros((9, 9, 3), np.uint8)), Prompt((Click(3, 3),)))


def test_the_windows_process_gets_no_torch_and_openvino_only_with_a_model(tmp_path: Path) -> None:
    folder = write_pair(tmp_path)
    code = (
        "import sys; from pathlib import Path\n"
        "from core.annotation.assist.sam import load, weights\n"
        "assert 'openvino' not in sys.modules\n"
        f"weights.present(); load(Path({str(folder)!r}))\n"
        "assert not {'torch', 'torchvision', 'nncf', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
