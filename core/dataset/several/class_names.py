"""Which classes of one dataset are classes of another, by their names."""

import re
from collections.abc import Iterable, Sequence

from core.errors import UserError
from core.words import some_of, tr

_NAMED = 10
"""Classes that an error names."""
_BETWEEN = re.compile(r"[\s_-]+")


def suggested(names: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """For each of ``names``, the one of ``known`` that is meant: the same; or the only one that differs by no more than
    capitals, spaces, hyphens and underscores; else ``name`` itself, a new class."""
    alike: dict[str, list[str]] = {}
    for name in known:
        alike.setdefault(_folded(name), []).append(name)
    meant: dict[str, str] = {}
    for name in names:
        near = alike.get(_folded(name), [])
        meant[name] = near[0] if name not in known and len(near) == 1 else name
    return meant


def _folded(name: str) -> str:
    return _BETWEEN.sub("", name).casefold() or name


def typed_mapping(pairs: Iterable[str], names: Sequence[str]) -> dict[str, str]:
    """What classes called ``names`` become, as it is typed: ``OLD=NEW``, or ``OLD=`` for one that is left out. Names
    may hold “=” too. Raises ``UserError`` for what is no class."""
    mapping: dict[str, str] = {}
    for pair in pairs:
        places = [place for place, letter in enumerate(pair) if letter == "=" and pair[:place] in names]
        if not places:
            raise UserError(
                tr("“{pair}” begins with no class and “=”", pair=pair),
                tr("type OLD=NEW, or OLD= to leave a class out; there are {names}", names=some_of(list(names), _NAMED)),
            )
        mapping[pair[: places[0]]] = " ".join(pair[places[0] + 1 :].split())
    return mapping
