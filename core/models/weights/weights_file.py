"""Reading tensors from files that came from elsewhere. Nothing in them is executed."""

import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.serialization import get_unsafe_globals_in_checkpoint, safe_globals

from core.errors import UserError, refused
from core.reading import open_regular, reason
from core.words import tr

_Content = TypeVar("_Content")

MOST_BYTES = 4 << 30


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The named tensors of a ``.safetensors`` file or a PyTorch checkpoint (its ``state_dict`` if it holds one).

    Raises ``UserError`` when the file is missing, too large, or not such a file.
    """
    tensors = _state_dict(read_weights(path, load_file if path.suffix == ".safetensors" else _load))
    if not tensors:
        raise UserError(
            tr("{path} holds no named tensors", path=path), tr("give the state dict of a model, .pth or .safetensors")
        )
    return tensors


def read_weights(path: Path, how: Callable[[Path], _Content]) -> _Content:
    """What ``how`` reads from a file of weights. Raises ``UserError`` for whatever is wrong with it."""
    try:
        _check_size(path)
        return how(path)
    except (UserError, MemoryError):
        raise
    except OSError as error:
        raise refused(error, path, "read") from error
    except Exception as error:  # on broken bytes, readers raise whatever comes to their minds
        damaged = isinstance(error, pickle.UnpicklingError)  # torch proposes to load it all the same, code and all
        why = tr("it is damaged, or holds more than tensors") if damaged else reason(error).partition(". ")[0]
        raise UserError(
            tr("{path} cannot be read as weights: {why}", path=path, why=why),
            tr("copy or download it again, or save its state dict as .safetensors"),
        ) from error


def _check_size(path: Path) -> None:
    """A small archive can unpack to anything."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = max(size, sum(entry.file_size for entry in archive.infolist()))
    if size > MOST_BYTES:
        raise UserError(tr("{path} is too large for weights: {size:,} MiB", path=path, size=size >> 20))


def _load(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        # Training frameworks store their bookkeeping beside the tensors. It becomes a placeholder, not an object.
        names = get_unsafe_globals_in_checkpoint(path)
        with safe_globals([(_Placeholder, name) for name in names]):
            return torch.load(path, map_location="cpu", weights_only=True)


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
    tensors = {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor)}
    # As networks have them: with their numbers here, one after the other.
    return {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.layout == torch.strided and not (tensor.is_quantized or tensor.is_meta)
    }
