"""What may be wrong with the classes of a dataset: unused ones, one class by two names, none in a split."""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from core.dataset.health.findings import Finding

_LETTERS = 6
"""Of a name, from which on another one that differs in one letter is taken for the same: of shorter ones, many are
words of their own (cat, car, cow)."""
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
    for place, first in enumerate(ids):
        for second in ids[place + 1 :]:
            if same_name(names[first], names[second]):
                fields: dict[str, str | int | float] = {"name": names[first], "number": counts.get(first, 0)}
                fields |= {"other": names[second], "other_number": counts.get(second, 0)}
                yield Finding("similar_classes", classes=(first, second), fields=fields)
    measured = [split for split in _MEASURED if split in of_splits]
    for split in measured if len(measured) == len(_MEASURED) else ():
        for id, name in names.items():
            number = sum(of_splits[each].get(id, 0) for each in measured)
            if number >= _SINGLE and not of_splits[split].get(id):
                fields = {"name": name, "split": split, "number": number}
                yield Finding("missing_class", classes=(id,), fields=fields)


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
