"""OpenVINO's own runtime: models from files that may come from elsewhere, compiled for a device.

Its readers and compilers raise whatever comes to their minds; here that becomes a sentence that names the file.
"""

from functools import cache
from pathlib import Path
from typing import Any

from core.errors import UserError, in_words, refused
from core.reading import open_regular


@cache
def runtime() -> Any:
    """The process's one ``openvino.Core``, alive to its end.

    The CPU plugin gives its thread a signal stack and takes it back when the last of its core goes. A core that was
    collected in another thread left a stack that was gone, and the next signal, such as the end of a loader process,
    a segmentation fault.
    """
    import openvino

    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})  # a later export must be able to replace the file, on Windows too
    return core


def read_model(core: Any, path: Path) -> Any:
    """The ``openvino.Model`` in an ``.xml`` with its ``.bin``, or in an ONNX file. Raises ``UserError``."""
    is_ir = path.suffix == ".xml"
    hint = "export the model again: its .bin file must lie beside it, complete" if is_ir else "fetch the file again"
    weights = path.with_suffix(".bin")
    try:
        open_regular(path).close()
        if is_ir and weights.exists():
            open_regular(weights).close()
        return core.read_model(path)
    except OSError as error:
        raise refused(error, Path(error.filename or path), "read", hint) from error
    except Exception as error:
        raise UserError(f"{path} is not an OpenVINO or ONNX model that can be read", hint) from error


def compile_model(core: Any, model: Any, path: Path, device: str, config: dict[str, Any]) -> Any:
    """An inference request for a model that was read from ``path``. Raises ``UserError``."""
    try:
        return core.compile_model(model, device, config).create_infer_request()
    except Exception as error:
        raise UserError(
            f"{path} cannot run on {device}: {_last_line(error)}",
            f"devices here: {', '.join(core.available_devices)}",
        ) from error


def infer(request: Any, inputs: Any, path: Path) -> None:
    """Let the model that was read from ``path`` work. Raises ``UserError``."""
    try:
        request.infer(inputs, share_inputs=True)
    except RuntimeError as error:
        raise in_words(error) or UserError(
            f"{path} does not work: {_last_line(error)}", "export or fetch the model again"
        ) from error


def _last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]
