"""Reading, compiling and running models with OpenVINO's runtime.

Files may come from elsewhere, and its readers raise many kinds of exceptions for broken ones; here each becomes a
``UserError`` that names the file.
"""

from functools import cache
from pathlib import Path
from typing import Any

from core.errors import UserError, in_words, refused
from core.reading import open_regular
from core.words import tr


@cache
def runtime() -> Any:
    """The one ``openvino.Core`` of this process, which lives until the process ends.

    The CPU plugin gives the calling thread a signal stack and frees it with its last core. When a core was collected in
    another thread, the thread was left with a freed stack, and the next signal, such as the end of a loader process,
    was a segmentation fault.
    """
    import openvino

    core = openvino.Core()
    core.set_property({"ENABLE_MMAP": False})  # a later export must be able to replace the file, on Windows too
    return core


def read_model(core: Any, path: Path) -> Any:
    """The ``openvino.Model`` in an ``.xml`` with its ``.bin``, or in an ONNX file. Raises ``UserError``."""
    is_ir = path.suffix == ".xml"
    hint = (
        tr("export the model again: its .bin file must lie beside it, complete")
        if is_ir
        else tr("fetch the file again")
    )
    weights = path.with_suffix(".bin")
    try:
        open_regular(path).close()
        if is_ir and (weights.exists() or weights.is_symlink()):  # OpenVINO ends the process at a circle of links
            open_regular(weights).close()
        return core.read_model(path)
    except OSError as error:
        raise refused(error, Path(error.filename or path), "read", hint) from error
    except Exception as error:
        raise UserError(tr("{path} is not an OpenVINO or ONNX model that can be read", path=path), hint) from error


def compile_model(core: Any, model: Any, path: Path, device: str, config: dict[str, Any]) -> Any:
    """An inference request for a model that was read from ``path``. Raises ``UserError``."""
    try:
        return core.compile_model(model, device, config).create_infer_request()
    except Exception as error:
        raise UserError(
            tr("{path} cannot run on {device}: {reason}", path=path, device=device, reason=_last_line(error)),
            tr("devices here: {devices}", devices=", ".join(core.available_devices)),
        ) from error


def infer(request: Any, inputs: Any, path: Path) -> None:
    """Run the model that was read from ``path`` on ``inputs``. Raises ``UserError``."""
    try:
        request.infer(inputs, share_inputs=True)
    except RuntimeError as error:
        raise in_words(error) or UserError(
            tr("{path} does not work: {reason}", path=path, reason=_last_line(error)),
            tr("export or fetch the model again"),
        ) from error


def _last_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[-1]
