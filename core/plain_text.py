"""Text that came from elsewhere, shown as text.

Names of files, classes and runs may hold anything: sequences that steer a terminal, marks that turn the direction of
what follows, ends of lines. Whatever is printed or logged goes through ``printable``.
"""

import re

_LINES = "\n\t"
_SURROGATES = "\ud800-\udfff"
NO_LETTER = re.compile(f"[{_SURROGATES}]")
"""A byte of a file name that was no letter (PEP 383), or half a letter: UTF-8 has neither."""
_STEERING = f"\x00-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069{_SURROGATES}"
"""Controls (C0, DEL, C1), separators of lines and paragraphs, and what embeds, isolates or overrides a direction."""
HIDDEN = re.compile(f"[{_STEERING}]")
"""A letter that is not shown where text is, but does something."""
_HIDDEN_IN_LINES = re.compile(f"(?![{_LINES}])[{_STEERING}]")
_SHORT = {"\n": r"\n", "\t": r"\t", "\r": r"\r"}


def printable(text: str, *, lines: bool = False) -> str:
    """``text`` with what would steer a terminal written out (``\\x1b``): one line, or several where ``lines``. What
    went through once comes back unchanged."""
    return (_HIDDEN_IN_LINES if lines else HIDDEN).sub(_written_out, text)


def is_utf_8(name: str) -> bool:
    """Whether the name of a file can be written into JSON: bytes that are no UTF-8 are halves of letters (PEP 383)."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def natural_key(name: str) -> list[str | tuple[int, str]]:
    """A key by which 2 comes before 10: text and numbers in turn, numbers of any length."""
    parts: list[str | tuple[int, str]] = []
    for place, part in enumerate(re.split(r"(\d+)", name.casefold())):
        digits = part.lstrip("0")
        parts.append((len(digits), digits) if place % 2 else part)
    return parts


def _written_out(found: re.Match[str]) -> str:
    letter, code = found[0], ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return _SHORT.get(letter) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
