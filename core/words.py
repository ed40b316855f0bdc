"""Sentences and numbers as people read them, the same in the window, the command and what a job says.

Every sentence passes through ``tr`` (or ``tr_n``, where a number decides its form), whole and as it is in English: that
is its key in a catalogue of translations (GNU gettext). Values are put in by name, so that a translation can place them
where its grammar wants them; a sentence is never made of pieces, except that a value may be a counted noun of ``tr_n``
or another whole sentence. A process speaks one language, which it finds in its environment as gettext does
(``LANGUAGE``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``), so ``tr`` may be called while modules are imported.
"""

import gettext
import os
from collections.abc import Sequence

from core.resources import resource_folder

_CATALOGUE = gettext.translation(
    "maskwright", os.environ.get("MASKWRIGHT_TRANSLATIONS") or resource_folder("translations"), fallback=True
)


def tr(sentence: str, /, **values: object) -> str:
    """``sentence`` in the person's language, its ``{name}`` fields filled with ``values`` as ``str.format`` does."""
    form = _CATALOGUE.gettext(sentence)
    return form.format(**values) if values else form


def tr_n(one: str, many: str, n: int, /, **values: object) -> str:
    """The form of a sentence that goes with the number ``n``, which fills ``{n}``: “1 image”, “12,480 images”."""
    return _CATALOGUE.ngettext(one, many, n).format(n=f"{n:,}", **values)


def translated(text: str) -> str:
    """A text that an extractor finds elsewhere than in a call of ``tr``, such as in a recipe that ships, in the
    person's language."""
    return _CATALOGUE.gettext(text) if text else ""  # the empty text is the key of a catalogue's own header


def some_of(names: Sequence[str], most: int) -> str:
    """“a, b and 3 more”: the first ``most`` of the names, and how many there are besides."""
    listed = ", ".join(names[:most])
    more = len(names) - most
    return tr_n("{names} and {n} more", "{names} and {n} more", more, names=listed) if more > 0 else listed


def duration(seconds: float) -> str:
    """“45 s”, “2 min 10 s”, “1 h 5 min”, “3 d 4 h”."""
    whole = max(round(seconds), 0)
    days, hours, minutes = whole // 86400, whole // 3600, whole // 60
    if days:
        rest = hours % 24
        return tr("{days} d {hours} h", days=days, hours=rest) if rest else tr("{days} d", days=days)
    if hours:
        rest = minutes % 60
        return tr("{hours} h {minutes} min", hours=hours, minutes=rest) if rest else tr("{hours} h", hours=hours)
    if minutes:
        rest = whole % 60
        return (
            tr("{minutes} min {seconds} s", minutes=minutes, seconds=rest)
            if rest
            else tr("{minutes} min", minutes=minutes)
        )
    return tr("{seconds} s", seconds=whole)


def megabytes(amount: float) -> str:
    """“512 MB”, “3.4 GB”; ``amount`` in units of 2²⁰ bytes."""
    return tr("{amount:.0f} MB", amount=amount) if amount < 1000 else tr("{amount:.1f} GB", amount=amount / 1024)


def size_in_words(size: tuple[int, int]) -> str:
    """“640 × 480” for a height of 480 and a width of 640."""
    return f"{size[1]} × {size[0]}"


def sentences(*parts: str) -> str:
    """Lines, as one: “x.png is broken” and “replace it” as “x.png is broken. Replace it”. A file keeps its name."""
    line = ""
    for part in filter(None, parts):
        if not line:
            line = part
            continue
        stop = "" if line.endswith((".", "!", "?", ":", "…")) else "."
        first = part.split(" ", 1)[0]
        line = f"{line}{stop} {part[:1].upper() if first.isalpha() else part[:1]}{part[1:]}"
    return line
