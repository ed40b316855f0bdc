"""Tables that rename the tensors of published checkpoints to our names: patterns and replacements.

A name is changed by every pattern that it matches, in order; one that matches none stays as it is.
"""

import re
from collections.abc import Mapping

from torch import Tensor

Rules = tuple[tuple[re.Pattern[str], str], ...]


def rules(*pairs: tuple[str, str]) -> Rules:
    """A table of patterns and replacements."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


def own_name(name: str, table: Rules) -> str:
    """Our name of what a checkpoint calls ``name``."""
    for pattern, replacement in table:
        name = pattern.sub(replacement, name)
    return name


def renamed(tensors: Mapping[str, Tensor], table: Rules) -> dict[str, Tensor]:
    """``tensors`` by our names."""
    return {own_name(name, table): tensor for name, tensor in tensors.items()}
