"""Ways to damage a file, by what it holds. Each takes the content and dice, and returns another content."""

import json
import math
import random
import struct
from collections.abc import Callable
from typing import Any

Mutator = Callable[[bytes, random.Random], bytes]

_DEEP = (120, 900, 1_100, 100_000)
"""Nestings: odd, near the end of Python's stack, beyond it, and beyond any."""


# Bytes, whatever they mean

_STRANGE = (b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1b]0;x\x07", b"\r", b"[" * 900, b"NaN", b'"', b"-", b",")
_OTHERS = (
    b"",
    b"\n",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'"x"',
    b"PK\x03\x04",
    b"\x80\x02}q\0.",
    b"<?xml version='1.0'?><net/>",
)


def flip(data: bytes, dice: random.Random) -> bytes:
    """A few bits turned."""
    changed = bytearray(data)
    for _ in range(dice.choice((1, 3, 20))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def flip_at_an_end(data: bytes, dice: random.Random) -> bytes:
    """Bits turned where headers and directories are."""
    changed = bytearray(data)
    reach = min(len(changed), dice.choice((8, 64, 512)))
    for _ in range(dice.choice((1, 5)) if reach else 0):
        place = dice.randrange(reach)
        changed[place if dice.random() < 0.5 else -1 - place] = dice.randrange(256)
    return bytes(changed)


def cut(data: bytes, dice: random.Random) -> bytes:
    """The end is missing, or the beginning."""
    place = dice.randrange(len(data) + 1)
    return data[:place] if dice.random() < 0.7 else data[place:]


def lose(data: bytes, dice: random.Random) -> bytes:
    """A piece in the middle is missing, or there twice, or zero."""
    start, length = _piece(data, dice)
    piece = data[start : start + length]
    return data[:start] + dice.choice((b"", piece * 2, bytes(length))) + data[start + length :]


def insert(data: bytes, dice: random.Random) -> bytes:
    """Something strange in the middle."""
    start, _ = _piece(data, dice)
    strange = (
        b"\0",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\x1b]0;x\x07",
        b"\r",
        b"[" * 900,
        dice.randbytes(40),
        b"NaN",
        b'"',
    )
    return data[:start] + dice.choice(strange) + data[start:]


def replace(data: bytes, dice: random.Random) -> bytes:
    """Another file altogether."""
    others = (
        b"",
        b"\n",
        b"null",
        b"[]",
        b"{}",
        b"0",
        b'"x"',
        b"PK\x03\x04",
        b"\x80\x02}q\0.",
        b"<?xml version='1.0'?><net/>",
    )
    return dice.choice((*others, dice.randbytes(dice.choice((1, 100, 10_000)))))


def _piece(data: bytes, dice: random.Random) -> tuple[int, int]:
    start = dice.randrange(len(data) + 1)
    return start, min(dice.choice((1, 7, 100, 5_000)), len(data) - start)


BYTES: tuple[Mutator, ...] = (flip, flip_at_an_end, cut, lose, insert, replace)


# Values in JSON, and in YAML, which takes JSON too

_HUGE = "9" * 5_000
_LITERALS = ("NaN", "-Infinity", "1e999", _HUGE, f"-{_HUGE}", "1" + "0" * 300, r'"\ud800"', r'"a\u0000b"', '"\\u202ex"')
"""What ``json.dumps`` would not write."""
_STANDS_FOR = "<literal {}>"
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 7, 1000, 2**31, 2**53 + 1, 2**63, 2**64),
    *(0.5, -0.0, 1e-320, -1e9, 1e30, 1e308),
    *("", " ", "x", "x" * 100_000, "caf\u00e9", "2024-99-99", "nan"),
    *("../../../etc/passwd", "~nobody-of-this-name", "/dev/zero"),
    *([], {}, [[]], [None], {"": None}),
)


def odd_value(data: bytes, dice: random.Random) -> bytes:
    """Some values replaced by others, of any type."""
    return _edited(data, dice, lambda: dice.choice(_VALUES) if dice.random() < 0.7 else _literal(dice))


def same_type(data: bytes, dice: random.Random) -> bytes:
    """Some values replaced by others of their own type: what a schema lets through."""
    value = _parsed(data)
    places = _places(value)
    for part, place in dice.sample(places, min(len(places), dice.choice((1, 3)))):
        others = [other for other in _VALUES if type(other) is type(part[place]) and other]
        part[place] = dice.choice([*others, *([0] if isinstance(part[place], int) else [])] or [part[place]])
    return _dumped(value)


def deep_value(data: bytes, dice: random.Random) -> bytes:
    """A value replaced by one that is nested deeply."""
    depth = dice.choice(_DEEP)
    opening, closing = dice.choice((("[", "]"), ('{"a":', "}")))
    text = _edited(data, dice, lambda: _STANDS_FOR.format("deep")).decode(errors="surrogateescape")
    deep = opening * depth + ("0" if opening != "[" else "") + closing * depth
    return text.replace(json.dumps(_STANDS_FOR.format("deep")), deep).encode(errors="surrogateescape")


def odd_keys(data: bytes, dice: random.Random) -> bytes:
    """Keys that are missing, unknown, or called otherwise; items of lists that are missing or there twice."""
    value = _parsed(data)
    containers = [part for part in _parts(value) if isinstance(part, dict | list) and part]
    for part in dice.sample(containers, min(len(containers), dice.choice((1, 3)))):
        place: Any = dice.choice(list(part)) if isinstance(part, dict) else dice.randrange(len(part))
        taken = part.pop(place)
        if dice.random() < 0.5:
            continue
        if isinstance(part, dict):
            part[dice.choice(("unknown", "", place.upper(), place + " "))] = taken
        else:
            part[place:place] = [taken, taken]
    return _dumped(value)


def swap_values(data: bytes, dice: random.Random) -> bytes:
    """One value where another belongs."""
    places = _places(value := _parsed(data))
    if len(places) > 1:
        (one, a), (other, b) = dice.sample(places, 2)
        one[a], other[b] = other[b], one[a]
        if _in_a_circle(value):
            return data
    return _dumped(value)


def other_encoding(data: bytes, dice: random.Random) -> bytes:
    """The same text in another encoding, or with a letter of one in its midst."""
    text = data.decode(errors="replace")
    if dice.random() < 0.6:
        return text.encode(dice.choice(("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp500")), errors="replace")
    quotes = [place for place, letter in enumerate(data) if letter == ord('"')] or [0]
    place = dice.choice(quotes) + 1
    return data[:place] + b"caf\xe9" + data[place:]


def _literal(dice: random.Random) -> str:
    return _STANDS_FOR.format(dice.randrange(len(_LITERALS)))


def _edited(data: bytes, dice: random.Random, new: Callable[[], Any]) -> bytes:
    value = _parsed(data)
    places = _places(value)
    for part, place in dice.sample(places, min(len(places), dice.choice((1, 1, 4)))):
        part[place] = new()
    return _dumped(value) if places else _dumped(new())


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data.decode(errors="replace")


def _dumped(value: Any) -> bytes:
    text = json.dumps(value)
    for number, literal in enumerate(_LITERALS):
        text = text.replace(json.dumps(_STANDS_FOR.format(number)), literal)
    return text.encode()


def _parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(part for item in inner for part in _parts(item))]


def _places(value: Any) -> list[tuple[Any, Any]]:
    parts = [part for part in _parts(value) if isinstance(part, dict | list)]
    return [(part, place) for part in parts for place in (list(part) if isinstance(part, dict) else range(len(part)))]


def _in_a_circle(value: Any) -> bool:
    try:
        json.dumps(value)
    except (ValueError, RecursionError):
        return True
    return False


JSON: tuple[Mutator, ...] = (odd_value, same_type, same_type, odd_keys, swap_values, deep_value, other_encoding)


def lines(data: bytes, dice: random.Random) -> bytes:
    """A line of a JSONL file damaged, missing, twice, or in another place."""
    content = data.splitlines(keepends=True)
    if not content:
        return replace(data, dice)
    place = dice.randrange(len(content))
    match dice.randrange(4):
        case 0:
            content[place] = dice.choice((*JSON, *BYTES))(content[place].rstrip(b"\n"), dice) + b"\n"
        case 1:
            del content[place : place + dice.choice((1, 5))]
        case 2:
            content.insert(dice.randrange(len(content)), content[place])
        case _:
            dice.shuffle(content)
    return b"".join(content)


_YAML = (
    *("epochs: 2024-99-99", "epochs: 1:99:99", f"epochs: {_HUGE}", "epochs: 0x_", "name: yes", "mean: 12:30:45.5"),
    *("x: &a [*a]", "x: &a [y, y]\nz: &b [*a, *a]\nw: [*b, *b, *b]", "<<: 3", "? [a]\n: b", "x: [" * 3_000),
    *("x: !!python/name:os.system", "x: !!binary ===", "x: !!float [", "pad_value: 0o777", "x: .inf"),
    *("\tx: 1", "---\n...\n---", "x: |2\n y", "%YAML 9.9", "x: \x00", "x: \ud800"),
)


def yaml_line(data: bytes, dice: random.Random) -> bytes:
    """A line of YAML as people slip in, or as those who try do."""
    content = data.splitlines(keepends=True)
    content.insert(dice.randrange(len(content) + 1), dice.choice(_YAML).encode(errors="surrogatepass") + b"\n")
    return b"".join(content)


def yaml_value(data: bytes, dice: random.Random) -> bytes:
    """The value of a setting replaced."""
    content = data.decode().splitlines()
    places = [place for place, line in enumerate(content) if ": " in line] or [0]
    place = dice.choice(places)
    name, _, value = content[place].partition(": ")
    own = next((kind for kind in (int, float) if _is(kind, value)), str)
    others = [other for other in _VALUES if type(other) is own or dice.random() < 0.2]
    odd = json.dumps(dice.choice(others)) if dice.random() < 0.8 else dice.choice(_LITERALS)
    content[place] = f"{name}: {odd}"
    return "\n".join(content).encode()


def _is(kind: Callable[[str], object], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


# Weights


def safetensors_header(data: bytes, dice: random.Random) -> bytes:
    """The description of the tensors, or its length, changed."""
    (length,) = struct.unpack("<Q", data[:8])
    if dice.random() < 0.2:
        wrong = dice.choice((0, 1, length - 1, length + 8, 2**32, 2**63, 2**64 - 1))
        return struct.pack("<Q", wrong) + data[8:]
    header = dice.choice(JSON)(data[8 : 8 + length], dice)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def odd_numbers(data: bytes, dice: random.Random) -> bytes:
    """Weights that are no numbers, infinite, or far too large."""
    start = dice.randrange(len(data) // 2, len(data)) & ~3
    number = dice.choice((math.nan, math.inf, 1e30, -1e30))
    return data[:start] + struct.pack("<f", number) * 500 + data[start + 2_000 :]


def pickle_word(data: bytes, dice: random.Random) -> bytes:
    """A name in a pickle that stands for something else."""
    words = (b"_rebuild_tensor_v2", b"OrderedDict", b"FloatStorage", b"storage", b"cpu", b"torch")
    word = dice.choice([word for word in words if word in data] or [b""])
    other = dice.choice((b"system", b"x" * len(word), b"LongStorage", b"_rebuild_meta_tensor_no_storage"))
    if not word:
        return flip(data, dice)
    return data.replace(word, other[: len(word)].ljust(len(word), b"x"), dice.choice((1, -1)))
