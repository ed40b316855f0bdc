"""Files from outside: whatever is wrong with one is said, and nothing waits, overflows or ends the process."""

import itertools
import os
import sys
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from core.errors import UserError
from core.reading import read_bytes, read_json, read_yaml


class Thing(msgspec.Struct):
    name: str = ""
    kind: Literal["bolt", "nut"] = "bolt"
    more: dict[str, msgspec.Raw] = {}


def _json(path: Path) -> Thing:
    return read_json(path, Thing, "{path} is not a thing: {reason}", "make another")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a thing"),
        (b'{"name": "caf\xe9"}', "is not a thing"),
        (b'{"name": 3}', "Expected `str`, got `int`"),
        (b'{"kind": "' + b"x" * 100_000 + b'"}', "…"),
        (b'{"name": "a", "more": {"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "nested too deeply"),
        (b'{"name": "a"', "truncated"),
        (b"\xff\xfe{\0}\0", "is not a thing"),
    ],
)
def test_json_that_is_none_is_said(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "thing.json"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        _json(path)
    assert str(path) in caught.value.message and words in caught.value.message and caught.value.hint == "make another"
    assert len(caught.value.message) < 1_000


@pytest.mark.skipif(sys.platform == "win32", reason="files of POSIX")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "folder").mkdir()
    for name, words in {
        "pipe": "is a pipe",
        "circle": "in a circle",
        "folder": "is a folder",
        "none": "is not there",
        "a" * 300: "too long",
        "folder/x/y": "is not there",
        "a\0b": "no file is called so",
        "half \ud800 a letter": "no file is called so",
        "/dev/zero": "is a device",
    }.items():
        with pytest.raises(UserError, match=words):
            _json(tmp_path / name)


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    with pytest.raises(UserError, match="300 MiB"):
        _json(path)
    with pytest.raises(OSError, match="far too many"):
        read_bytes(path, most=299 << 20)


BOMB = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in itertools.pairwise("abcdefgh"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("name: 2024-99-99", "month must be in"),
        (f"name: a\nsize: {'9' * 5000}", "4300 digits"),
        (BOMB, "anchors"),
        ("name: &a [*a]", "anchors"),
        ("name: " + "[" * 100_000, "nested too deeply"),
        ("name: !!python/object/apply:os.system [true]", "is not a thing"),
        ('name: !!int ""', "tag"),
        ("name: !!bool maybe", "tag"),
        ("name: !!timestamp noon", "tag"),
        ("!!map {name: a}", "tag"),
        ("name: 2024-01-01", "Expected `str`"),
        ("name: \0", "control characters"),
        ("[", "is not a thing"),
        ("a: b: c", "is not a thing"),
        ("name: a\n---\nname: b", "single document"),
    ],
)
def test_yaml_that_is_none_is_said(content: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "thing.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_yaml(path, Thing, "{path} is not a thing: {reason}", "make another")
    assert str(path) in caught.value.message and words in caught.value.message


def test_what_is_right_is_read(tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_text('{"name": "bolt", "more": {}}')
    assert _json(path) == read_yaml(path, Thing, "{path} is not a thing: {reason}") == Thing("bolt")
