"""From a path to a model, or to an error that says what to do."""

import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import openvino
import pytest
import torch
from openvino import opset13 as ops
from safetensors.torch import save_file

from core.errors import UserError
from core.inference.loading import load_model
from core.inference.openvino_predictor import SPEC_KEY, OpenVinoPredictor
from core.inference.openvino_runtime import read_model, runtime
from core.inference.torch_predictor import TorchPredictor
from core.models import build
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec

SPEC = ModelSpec(
    recipe="rtmdet_inst_tiny",
    architecture="rtmdet_inst",
    backbone="CSPNeXt-tiny",
    classes=(ClassSpec(1, "nut"), ClassSpec(5, "hex bolt")),
    input=InputSpec(64, 96, 114, (10.0, 20.0, 30.0), (2.0, 4.0, 5.0)),
)


def write_ir(folder: Path, *, spec: str | None = None, input_name: str = "image") -> Path:
    """A model that finds one box whose score is the mean of its input's first channel."""
    image = ops.parameter([1, 3, 64, 96], np.float32, "image")
    red = ops.slice(image, np.array([0]), np.array([1]), np.array([1]), np.array([1]))
    mean = ops.reshape(ops.reduce_mean(red, np.array([0, 1, 2, 3])), np.array([1, 1, 1]), False)
    box = ops.constant(np.array([[[12, 8, 48, 40]]], np.float32))
    outputs = {
        "boxes": ops.concat([box, mean], 2),
        "labels": ops.constant(np.array([[1]], np.int64)),
        "masks": ops.constant(np.ones((1, 1, 28, 28), np.float32)),
    }
    model = openvino.Model([ops.result(output) for output in outputs.values()], [image])
    model.inputs[0].get_tensor().set_names({input_name})
    for output, name in zip(model.outputs, outputs, strict=True):
        output.get_tensor().set_names({name})
    if spec is not None:
        model.set_rt_info(spec, SPEC_KEY)
    folder.mkdir(parents=True, exist_ok=True)
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    return folder / "model.xml"


@pytest.fixture
def ir(tmp_path: Path) -> Path:
    return write_ir(tmp_path / "export" / "fp32", spec=msgspec.json.encode(SPEC).decode())


def write_run(folder: Path, spec: ModelSpec = SPEC) -> Path:
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "model.json").write_bytes(msgspec.json.encode(spec))
    save_file(build(SPEC.architecture, 2).state_dict(), folder / "checkpoints" / "best.safetensors")
    return folder


def test_an_export_is_found_by_its_file_its_folder_and_the_folder_of_all(ir: Path) -> None:
    for path in (ir, ir.parent, ir.parent.parent):
        predictor = load_model(path)
        assert isinstance(predictor, OpenVinoPredictor)
        assert predictor.spec == SPEC


def test_openvino_gets_the_picture_as_training_does_and_answers_in_its_pixels(ir: Path) -> None:
    picture = np.full((128, 192, 3), (11, 22, 33), np.uint8)  # red − 10 = 1, divided by 2
    found = load_model(ir).predict(picture)
    assert found.scores == pytest.approx([0.5])
    assert found.boxes[0] == pytest.approx([24, 16, 96, 80])
    assert found.labels.tolist() == [1]
    assert found.mask(0).box == (24, 16, 72, 64)


def test_bf16_is_a_choice(ir: Path) -> None:
    assert load_model(ir, "bf16").predict(np.full((64, 96, 3), 11, np.uint8)).scores == pytest.approx([0.5], abs=0.01)


def test_a_run_folder_gives_its_pytorch_model(tmp_path: Path) -> None:
    predictor = load_model(write_run(tmp_path / "run"))
    assert isinstance(predictor, TorchPredictor)
    assert not predictor.segmenter.training
    found = predictor.predict(np.zeros((50, 70, 3), np.uint8))
    assert found.size == (50, 70)


def test_torch_is_not_imported_for_an_export(ir: Path) -> None:
    code = (
        "import sys, numpy\nfrom pathlib import Path\nfrom core.inference.loading import load_model\n"
        "assert 'openvino' not in sys.modules\n"
        "load_model(Path(sys.argv[1])).predict(numpy.zeros((64, 96, 3), 'uint8'))\n"
        "assert not {'torch', 'torchvision', 'nncf'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(ir)], check=True, timeout=60)


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no model in"):
        load_model(tmp_path)
    with pytest.raises(UserError, match="is not there"):
        load_model(tmp_path / "model.xml")


def test_a_run_without_weights_yet(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "checkpoints" / "best.safetensors").unlink()
    with pytest.raises(UserError, match="no trained model yet"):
        load_model(run)


@pytest.mark.parametrize("content", [b"", b"\x08" + b"\0" * 40, b"not weights"], ids=["empty", "no header", "text"])
def test_broken_weights(tmp_path: Path, content: bytes) -> None:
    run = write_run(tmp_path / "run")
    (run / "checkpoints" / "best.safetensors").write_bytes(content)
    with pytest.raises(UserError, match=r"best\.safetensors cannot be read"):
        load_model(run)


def test_weights_of_another_model(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    save_file({"a": torch.zeros(3)}, run / "checkpoints" / "best.safetensors")
    with pytest.raises(UserError, match="does not fit rtmdet_inst with 2 classes"):
        load_model(run)


def test_a_broken_description(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    (run / "model.json").write_text('{"recipe": 3}')
    with pytest.raises(UserError, match=r"model\.json is not the description"):
        load_model(run)


def test_an_ir_of_someone_else(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="was not exported by Maskwright"):
        load_model(write_ir(tmp_path))


def test_an_ir_with_a_broken_description(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="description of the model that cannot be read"):
        load_model(write_ir(tmp_path, spec="{}"))


def test_an_ir_with_another_input(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lacks the input"):
        load_model(write_ir(tmp_path, spec=msgspec.json.encode(SPEC).decode(), input_name="x"))


def test_an_ir_that_is_none_or_lacks_its_weights(ir: Path) -> None:
    ir.with_suffix(".bin").unlink()
    with pytest.raises(UserError, match="not an OpenVINO or ONNX model that can be read"):
        load_model(ir)
    ir.write_text("<html>")
    with pytest.raises(UserError, match="not an OpenVINO or ONNX model that can be read"):
        load_model(ir)


def test_a_device_that_is_not_there(ir: Path) -> None:
    with pytest.raises(UserError, match=r"cannot run on GPU\.7"):
        OpenVinoPredictor(ir, device="GPU.7")


def test_weights_that_are_a_circle_of_links_are_an_error_in_words(tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    model.write_text('<?xml version="1.0"?><net name="x" version="11"><layers/><edges/></net>')
    (tmp_path / "model.bin").symlink_to("model.bin")
    with pytest.raises(UserError, match=r"model\.bin"):
        read_model(runtime(), model)
