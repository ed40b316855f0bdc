"""Reading tensors from files that came from elsewhere. Nothing in them is executed."""

import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from core.errors import UserError

MOST_BYTES = 4 << 30


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The named tensors of a ``.safetensors`` file or a PyTorch checkpoint (its ``state_dict`` if it holds one).

    Raises ``UserError`` when the file is missing, too large, or not such a file.
    """
    try:
        _check_size(path)
        content = load_file(path) if path.suffix == ".safetensors" else _load(path)
    except OSError as error:
        raise UserError(f"the weights {path} cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise UserError(f"{path} is not a file of weights: {error}") from error
    tensors = _state_dict(content)
    if not tensors:
        raise UserError(f"{path} holds no named tensors", "give the state dict of a model, .pth or .safetensors")
    return tensors


def _check_size(path: Path) -> None:
    """A small archive can unpack to anything."""
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(entry.file_size for entry in archive.infolist()))
    if size > MOST_BYTES:
        raise UserError(f"{path} is too large for weights: {size >> 20:,} MiB")


def _load(path: Path) -> Any:
    try:
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError:
            # Training frameworks store their bookkeeping beside the tensors. It becomes a placeholder, not an object.
            names = get_unsafe_globals_in_checkpoint(path)
            with safe_globals([(_Placeholder, name) for name in names]):
                return torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # on broken bytes, the reader raises whatever comes to its mind
        reason = str(error).strip().split("\n")[0]
        raise UserError(
            f"{path} is not a PyTorch checkpoint of tensors: {reason}", "save its state dict as .safetensors"
        ) from error


class _Placeholder:
    """Stands for any object or function that a checkpoint mentions; takes everything and does nothing."""

    def __new__(cls, *args: object, **kwargs: object) -> "_Placeholder":
        return super().__new__(cls)

    def __init__(self, *args: object, **kwargs: object) -> None: ...

    def __setstate__(self, state: object) -> None: ...


def _state_dict(content: Any) -> dict[str, Tensor]:
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        return {}
    return {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor)}
