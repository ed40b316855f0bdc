"""Numbers as people read them."""

from datetime import datetime

import pytest

from app.style import format


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (-3, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
        (100_000, "1 d 3 h"),
    ],
)
def test_duration(seconds, text):
    assert format.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "5 s"), (42, "40 s"), (130, "2 min"), (1000, "17 min"), (4700, "1 h 20 min"), (50_000, "14 h")],
)
def test_an_estimate_has_few_figures(seconds, text):
    assert format.roughly(seconds) == text


@pytest.mark.parametrize(
    ("bytes_", "text"), [(512, "512 B"), (3_400_000, "3.4 MB"), (999_600_000, "1.0 GB"), (12e9, "12.0 GB")]
)
def test_size(bytes_, text):
    assert format.size(bytes_) == text


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2026, 3, 12, 14, 0), "just now"),
        (datetime(2026, 3, 12, 13, 30), "30 minutes ago"),
        (datetime(2026, 3, 12, 9, 5), "today 09:05"),
        (datetime(2026, 3, 11, 23, 0), "yesterday"),
        (datetime(2026, 3, 8, 12, 0), "4 days ago"),
        (datetime(2025, 12, 1, 12, 0), "1 December 2025"),
    ],
)
def test_ago(then, text):
    assert format.ago(then.timestamp(), datetime(2026, 3, 12, 14, 0, 30).timestamp()) == text


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (datetime(2026, 3, 12, 9, 5), datetime(2026, 3, 12, 9, 5, 40), "09:05 today"),
        (datetime(2026, 3, 11, 9, 5), datetime(2026, 3, 11, 14, 32), "09:05 to 14:32 yesterday"),
        (datetime(2026, 3, 1, 23, 10), datetime(2026, 3, 2, 0, 40), "23:10 on 1 March to 00:40 on 2 March"),
        (datetime(2025, 12, 1, 12, 0), datetime(2025, 12, 1, 12, 0), "12:00 on 1 December 2025"),
    ],
)
def test_span(first, last, text):
    now = datetime(2026, 3, 12, 14, 40)
    assert format.span(first.timestamp(), last.timestamp(), now.timestamp()) == text
