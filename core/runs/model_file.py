"""A model's description inside its own weights file, so that the two never differ."""

from pathlib import Path

import msgspec

from core.reading import decoded
from core.recipes.model_spec import ModelSpec

_KEY = "model"


def metadata(path: Path) -> dict[str, str]:
    """The metadata of a ``.safetensors`` file; empty for any other file."""
    from safetensors import SafetensorError, safe_open

    try:
        if not path.is_file():
            return {}
        with safe_open(path, "numpy") as file:
            return dict(file.metadata() or {})
    except (OSError, ValueError, SafetensorError):
        return {}


def describing(spec: ModelSpec) -> dict[str, str]:
    """The metadata for weights that ``spec`` describes."""
    return {_KEY: msgspec.json.encode(spec).decode()}


def described(path: Path) -> ModelSpec | None:
    """The description in a weights file; ``None`` where there is none, as in files of earlier versions."""
    content = metadata(path).get(_KEY)
    return decoded(content.encode(), ModelSpec) if content else None
