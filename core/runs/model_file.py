"""What a file of weights says of itself: a model of ours carries its own description, so that the two never differ."""

from pathlib import Path

import msgspec

from core.reading import decoded
from core.recipes.model_spec import ModelSpec

_KEY = "model"


def metadata(path: Path) -> dict[str, str]:
    """What a ``.safetensors`` file says beside its tensors; empty for any other file."""
    from safetensors import SafetensorError, safe_open

    try:
        if not path.is_file():
            return {}
        with safe_open(path, "numpy") as file:
            return dict(file.metadata() or {})
    except (OSError, ValueError, SafetensorError):
        return {}


def describing(spec: ModelSpec) -> dict[str, str]:
    """The metadata of weights that belong to ``spec``."""
    return {_KEY: msgspec.json.encode(spec).decode()}


def described(path: Path) -> ModelSpec | None:
    """The model whose weights a file holds; ``None`` where it does not say, as in earlier versions."""
    content = metadata(path).get(_KEY)
    return decoded(content.encode(), ModelSpec) if content else None
