"""What may be wrong with the classes of a dataset: unused ones, one class by two names, none in a split."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from core.dataset.health.findings import Finding

_LETTERS = 6
"""Of a name, from which on another one that differs in one letter is taken for the same: of shorter ones, many are
words of their own (cat, car, cow)."""
_LONGEST = 200
"""Letters of a name, up to which one that is wrong is looked for."""
_MEASURED = ("train", "val")
_SINGLE = 2
"""Instances of a class from which on both splits can have one."""


def class_findings(
    names: Mapping[int, str], counts: Mapping[int, int], of_splits: Mapping[str, Mapping[int, int]]
) -> Iterator[Finding]:
    """What is wrong with classes, all by ``Category.id``: their ``names``, how many instances they have, and how many
    in each split."""
    for id, name in names.items():
        if not counts.get(id):
            yield Finding("unused_class", classes=(id,), fields={"name": name})
    ids = sorted(names, key=lambda id: -counts.get(id, 0))
    for first, second in _similar([names[id] for id in ids]):
        one, other = ids[first], ids[second]
        fields: dict[str, str | int | float] = {"name": names[one], "number": counts.get(one, 0)}
        fields |= {"other": names[other], "other_number": counts.get(other, 0)}
        yield Finding("similar_classes", classes=(one, other), fields=fields)
    measured = [split for split in _MEASURED if split in of_splits]
    for split in measured if len(measured) == len(_MEASURED) else ():
        for id, name in names.items():
            number = sum(of_splits[each].get(id, 0) for each in measured)
            if number >= _SINGLE and not of_splits[split].get(id):
                fields = {"name": name, "split": split, "number": number}
                yield Finding("missing_class", classes=(id,), fields=fields)


def _similar(names: Sequence[str]) -> list[tuple[int, int]]:
    """The positions of ``names`` that are most likely meant as one, ``first < second``. Of thousands of names, only
    those are compared that have something in common."""
    alike: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        plain = _plain(name)
        less = {plain[:at] + plain[at + 1 :] for at in range(len(plain))} if _LETTERS <= len(plain) <= _LONGEST else ()
        for key in {plain, _singular(plain), *less}:  # names that differ in a letter are one without it
            alike.setdefault(key, []).append(place)
    near = {pair for places in alike.values() for pair in combinations(places, 2)}
    return [(one, other) for one, other in sorted(near) if same_name(names[one], names[other])]


def same_name(one: str, other: str) -> bool:
    """Whether two names are most likely meant as one: they differ in case, spaces, plural or one letter."""
    first, second = _plain(one), _plain(other)
    if not first or not second:
        return False
    if first == second or _singular(first) == _singular(second):
        return True
    return min(len(first), len(second)) >= _LETTERS and _digits(first) == _digits(second) and _is_slip(first, second)


def _plain(name: str) -> str:
    return re.sub(r"[\s_.\-/]+", "", unicodedata.normalize("NFKC", name).casefold())


def _singular(name: str) -> str:
    for ending, single in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("oes", "o")):
        if len(name) > len(ending) + 1 and name.endswith(ending):
            return name.removesuffix(ending) + single
    return name.removesuffix("s") if len(name) > 3 and not name.endswith("ss") else name


def _digits(name: str) -> str:
    """Names that differ in a number are two: bolt_m6, bolt_m8."""
    return re.sub(r"\D", "", name)


def _is_slip(one: str, other: str) -> bool:
    """Whether one letter more, less or another, or two exchanged ones, make one of the other."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    place = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[place:] == long[place + 1 :]
    exchanged = short[place : place + 2] == long[place : place + 2][::-1] and short[place + 2 :] == long[place + 2 :]
    return exchanged or short[place + 1 :] == long[place + 1 :]
