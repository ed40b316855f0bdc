"""Patterns for names do what they say, or are refused: none keeps the window waiting."""

import re
import time

import pytest

from core.dataset.splits.name_pattern import by_pattern

LONG = "a" * 250 + "!"


def test_a_pattern_names_the_group():
    assert by_pattern(["p1_a.png", "p1_b.png", "q.png"], r"^(p\d+)_") == ["p1", "p1", "q.png"]


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[^_]+",
        r"^(?P<patient>\w+?)_(\d{4})",
        r"(?:train|val)_(\w+)",
        r"^(a+)?b",
        r"^(\d{2})+",
        r"patient[ _-]?(\d+)",
        r"[(+*]+",
        r"\(\d+\)",
        r"(?<=_)(\d+)(?=\.)",
    ],
)
def test_usual_patterns_are_known(pattern):
    by_pattern(["patient_12.png", LONG], pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+b",
        "(a|a)*b",
        "(a?a?)*b",
        "((a+))+b",
        "(?:(?:a)*)*b",
        "(?=(a+))+b",
        "(a+){30}b",
        "(a{1,9}){1,9}b",
        "([a]+)*b",
        "a*a*a*a*b",
        "a?" * 30 + "a" * 30,
        "(?x)(a+ # )\n)+b",
        "(?#)(a+)+",
        "a" * 201,
    ],
)
def test_patterns_that_may_take_forever_are_refused_at_once(pattern):
    began = time.monotonic()
    with pytest.raises(re.error):
        by_pattern([LONG], pattern)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("pattern", ["^a*a*a*b", "a*a*b", "(a*)(a*)b", "^(a|aa)(a|aa)(a|aa)a*a*b"])
def test_what_is_allowed_ends(pattern):
    began = time.monotonic()
    assert by_pattern([LONG], pattern) == [LONG]
    assert time.monotonic() - began < 2


def test_many_names_that_take_long_are_given_up():
    with pytest.raises(re.error, match="takes too long"):
        by_pattern([LONG] * 100_000, "^a*a*a*b")
