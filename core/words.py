"""Numbers as people read them, the same in the window, the command and what a job says."""


def duration(seconds: float) -> str:
    """“45 s”, “2 min 10 s”, “1 h 5 min”, “3 d 4 h”."""
    whole = max(round(seconds), 0)
    for unit, name, below, below_name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= unit:
            rest = whole % unit // below
            return f"{whole // unit} {name} {rest} {below_name}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def count(number: int, one: str, many: str = "") -> str:
    """“1 image”, “12,480 images”."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def megabytes(amount: float) -> str:
    """“512 MB”, “3.4 GB”; ``amount`` in units of 2²⁰ bytes."""
    return f"{amount:.0f} MB" if amount < 1000 else f"{amount / 1024:.1f} GB"


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
