"""What belongs together is known by names, and by being joined."""

import pytest

from core.dataset.splits.groups import series_of, source_of, together


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a/slide_x512_y0.png", "slide"),
        ("slide-r2-c13.tif", "slide"),
        ("slide_tile_7.png", "slide"),
        ("slide_patch_3_4.png", "slide"),
        ("cat_jpg.rf.0123456789abcdef0123456789abcdef.jpg", "cat"),
        ("IMG_2041.JPG", None),
        ("000000087038.jpg", None),
        ("max_01_2.png", None),
        ("2024-05-01.png", None),
    ],
)
def test_tiles_and_augmented_copies_name_their_picture(name: str, source: str | None):
    assert source_of(name) == source


def test_frames_name_their_series():
    assert series_of("a/clip_0042.png") == ("a/clip_", 42)
    assert series_of("a/clip.png") is None


def test_names_that_no_file_has_are_not_searched_for_hours():
    for name in ("a" + "-" * 300_000 + "!", "a_" + "1" * 300_000 + "!"):
        assert source_of(name) is None and series_of(name) is None


def test_groups_are_joined_by_keys_and_by_pairs():
    groups = together(7, [["a", None, "a", "b", None, "b", None], ["x", "x", None, None, None, None, None]], [(4, 5)])
    assert groups.tolist() == [0, 0, 0, 1, 1, 1, 2]
