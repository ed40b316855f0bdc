"""Numbers in words."""

import pytest

from core.words import duration, megabytes, sentences


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (44.6, "45 s"),
        (60, "1 min"),
        (130, "2 min 10 s"),
        (3900, "1 h 5 min"),
        (86400 * 3 + 3600 * 4, "3 d 4 h"),
    ],
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_what_is_wrong_and_what_to_do_stand_on_one_line_as_sentences():
    assert sentences("x.png is broken", "replace the file") == "x.png is broken. Replace the file"
    assert (
        sentences("No figures.", "", "2 more warnings in the details.") == "No figures. 2 more warnings in the details."
    )
    assert sentences("", "replace the file") == "replace the file"
    assert sentences("it is not there", "x.png is") == "it is not there. x.png is"


def test_sizes_in_memory():
    assert (megabytes(512), megabytes(3482)) == ("512 MB", "3.4 GB")
