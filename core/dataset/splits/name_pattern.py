"""Regular expressions that a person types to tell which names belong together, held to what ends soon: Python's engine
tries out every way in which repeats within repeats can share a name, which may take longer than anybody lives, and lets
no other thread work meanwhile."""

import re
import time
from collections import Counter
from collections.abc import Iterable

from core.words import tr

_MOST_CHARACTERS, _LOOKED_AT = 200, 256
"""Of a pattern, and of the beginning of a name that it is held against."""
_REPEATS, _CHOICES = 3, 6
"""Each repeat multiplies the time by the length of a name, as does a beginning anywhere in it; each choice by two."""
_SECONDS = 3.0
_TOKEN = re.compile(
    r"(?P<one>\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<opens>\((?:\?(?:[:=!]|<[=!]|P<\w+>))?)|(?P<closes>\))"
    r"|(?P<fixed>\{\d+\})|(?P<repeats>(?:[*+]|\{\d*,\d*\})[?+]?)|(?P<choice>\?[?+]?|\|)|(?P<other>.)",
    re.DOTALL,
)


def by_pattern(names: Iterable[str], pattern: str) -> list[str]:
    """The group of each picture: what the first group of a regular expression finds in its name, or all that it finds;
    the name itself where it finds nothing. Raises ``re.error`` for what is no expression, and for one that might take,
    or takes, too long."""
    _check(pattern)
    compiled = re.compile(pattern)
    until, groups = time.monotonic() + _SECONDS, []
    for name in names:
        match = compiled.search(name[:_LOOKED_AT])
        groups.append((match.group(min(1, compiled.groups)) or name) if match else name)
        if time.monotonic() > until:
            raise re.error(tr("it takes too long"))
    return groups


def _check(pattern: str) -> None:
    """Refuse a repeat of what holds repeats or choices itself, too many of either, and what cannot be told."""
    if len(pattern) > _MOST_CHARACTERS:
        raise re.error(tr("it has more than {most} characters", most=_MOST_CHARACTERS))
    if re.search(r"\(\?(?![:=!]|<[=!]|P<)", pattern):
        raise re.error(tr("it has flags, a comment or a condition, which are not known here"))
    varies, closed = [False], False
    counts = Counter({"repeats": 0 if pattern.startswith("^") and "|" not in pattern else 1})
    for token in _TOKEN.finditer(pattern):
        kind = token.lastgroup or ""
        if kind in ("repeats", "fixed") and closed:
            raise re.error(tr("it repeats what has repeats or choices itself, and may take forever"))
        if kind == "opens":
            varies.append(False)
        varies[-1] |= kind in ("repeats", "choice")
        counts[kind] += 1
        closed = kind == "closes" and len(varies) > 1 and varies.pop()
        varies[-1] |= closed
    if counts["repeats"] > _REPEATS or counts["choice"] > _CHOICES:
        raise re.error(
            tr(
                "it has too many parts that may be longer or shorter: {repeats} repeats at most, {fewer} without a “^” "
                "before them",
                repeats=_REPEATS,
                fewer=_REPEATS - 1,
            )
        )
