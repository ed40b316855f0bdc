"""The pace of long loops: set by the window alone, and without effect on what comes out."""

from pathlib import Path

from core.pacing import paced

ROOT = Path(__file__).parents[2]


def test_without_a_window_items_come_as_they_are() -> None:
    assert list(paced(iter("abc"))) == ["a", "b", "c"]


def test_only_the_window_sets_a_pace() -> None:
    """It is the state of a process: whoever else set it would slow others down unseen."""
    files = [file for room in ("core", "app") for file in (ROOT / room).rglob("*.py")]
    callers = {str(file.relative_to(ROOT)) for file in files if "set_pace(" in file.read_text(encoding="utf-8")}
    assert callers == {"core/pacing.py", "app/threads/frame_priority.py"}
