"""Tables that rename the tensors of published checkpoints to our names: patterns and replacements.

A name is changed by every pattern that it matches, in order; one that matches none stays as it is.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from core.errors import UserError
from core.words import tr

Rules = tuple[tuple[re.Pattern[str], str], ...]


def rules(*pairs: tuple[str, str]) -> Rules:
    """A table of patterns and replacements."""
    return tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)


def renamed(tensors: Mapping[str, Tensor], table: Rules) -> dict[str, Tensor]:
    """``tensors`` by our names. Several that get the same name are one tensor that layers share; raises ``UserError``
    where they differ."""
    state: dict[str, Tensor] = {}
    for public, tensor in tensors.items():
        name = public
        for pattern, replacement in table:
            name = pattern.sub(replacement, name)
        if name in state and not torch.equal(state[name], tensor):
            raise UserError(tr("{name} differs from the tensors it is shared with", name=public))
        state[name] = tensor
    return state
