"""Numbers, sizes, times and names as people read them, and text from files made harmless."""

import re
from collections.abc import Sequence
from datetime import datetime

from PySide6.QtGui import Qt

from core.plain_text import printable
from core.words import duration, megabytes, sentences, some_of, tr, tr_n

__all__ = ["ago", "duration", "megabytes", "named", "roughly", "sentences", "size", "span"]

_NAMED = 5
_MONTHS = (
    tr("January"), tr("February"), tr("March"), tr("April"), tr("May"), tr("June"), tr("July"), tr("August"),
    tr("September"), tr("October"), tr("November"), tr("December"),
)  # fmt: skip


def named(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are: “a.png, b.png and 3 more”."""
    return some_of([printable(name) for name in names], _NAMED)


def roughly(seconds: float) -> str:
    """A duration with no more figures than an estimate deserves: “40 s”, “2 min”, “1 h 20 min”, “14 h”."""
    step = next((step for below, step in ((60, 5), (600, 30), (3600, 60), (36000, 600)) if seconds < below), 3600)
    return duration(max(round(seconds / step), 1) * step)


def size(number_of_bytes: float) -> str:
    """“512 B”, “3.4 MB”."""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def ago(moment: float, now: float) -> str:
    """“just now”, “5 minutes ago”, “yesterday”, “12 March 2026”; both in seconds since the epoch."""
    passed = now - moment
    if passed < 90:
        return tr("just now")
    if passed < 3600:
        return tr_n("{n} minute ago", "{n} minutes ago", round(passed / 60))
    then = datetime.fromtimestamp(moment)
    days = (datetime.fromtimestamp(now).date() - then.date()).days
    if days == 0:
        return tr("today {time:%H:%M}", time=then)
    if days == 1:
        return tr("yesterday")
    if days <= 6:
        return tr_n("{n} day ago", "{n} days ago", days)
    return tr("{day} {month} {year}", day=then.day, month=_MONTHS[then.month - 1], year=then.year)


def span(first: float, last: float, now: float) -> str:
    """“14:32 today”, “14:05 to 14:32 yesterday”, “23:10 on 11 March to 00:40 on 12 March”; seconds since the epoch."""

    def day(moment: datetime) -> str:
        days = (today.date() - moment.date()).days
        if days in (0, 1):
            return (tr("today"), tr("yesterday"))[days]
        month = _MONTHS[moment.month - 1]
        if moment.year != today.year:
            return tr("on {day} {month} {year}", day=moment.day, month=month, year=moment.year)
        return tr("on {day} {month}", day=moment.day, month=month)

    start, end, today = (datetime.fromtimestamp(moment) for moment in (first, last, now))
    begins, ends = f"{start:%H:%M}", f"{end:%H:%M}"
    if start.date() != end.date():
        return tr(
            "{start} {start_day} to {end} {end_day}", start=begins, start_day=day(start), end=ends, end_day=day(end)
        )
    if begins != ends:
        return tr("{start} to {end} {day}", start=begins, end=ends, day=day(end))
    return tr("{time} {day}", time=begins, day=day(end))


_LONG = re.compile(r"\S{25,}")
"""A word, such as a path, that may be longer than a line."""
_BREAKS = re.compile(r"[/\\_.-]|[^/\\_.-]{24}")


def tool_tip(text: str) -> str:
    """``text`` for ``setToolTip``: Qt takes a tooltip that looks like HTML for HTML, and loads its pictures."""
    text = printable(text, lines=True)
    return Qt.convertFromPlainText(text) if Qt.mightBeRichText(text) else text


def caption(text: str) -> str:
    """``text`` for an action or a button, which take ``&`` for a mark of the key that triggers them."""
    return printable(text).replace("&", "&&")


def breakable(text: str) -> str:
    """``text`` for a label that wraps: a path or a name goes on in the next line where it is longer than one."""
    return _LONG.sub(lambda word: _BREAKS.sub("\\g<0>\u200b", word[0]), text)
