"""Huge pictures are decoded once and mapped from then on."""

import shutil

import cv2
import numpy as np
import pytest

from core.annotation.assist.wand import flood
from core.errors import UserError
from core.images import disk_cache, pyramids


@pytest.fixture
def picture(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    path = tmp_path / "large.png"
    small = np.random.default_rng(0).integers(0, 255, (30, 50, 3), np.uint8)
    cv2.imwrite(str(path), cv2.resize(small, (1700, 1300)))
    return path


def kept():
    return [place for place in disk_cache.folder("pyramids").iterdir() if not place.name.startswith(".")]


def test_the_levels_are_the_picture_and_its_halvings_and_are_made_once(picture):
    made = pyramids.open_pyramid(picture, (1300, 1700))
    assert [level.shape for level in made] == [(1300, 1700, 3), (650, 850, 3), (325, 425, 3)]
    assert np.array_equal(made[0], cv2.imread(str(picture))[:, :, ::-1])
    written = [file.stat().st_mtime_ns for file in sorted(kept()[0].iterdir())]
    assert flood(made[0], (20, 20), 12.0).area > 0, "tools take what is mapped"
    made[0][:] = 0
    again = pyramids.open_pyramid(picture, (1300, 1700))
    assert again[0].any(), "what is written to the picture in memory stays there"
    assert np.array_equal(made[2], again[2])
    assert written == [file.stat().st_mtime_ns for file in sorted(kept()[0].iterdir())]


def test_a_changed_file_has_another_pyramid(picture):
    pyramids.open_pyramid(picture, (1300, 1700))
    cv2.imwrite(str(picture), np.full((1300, 1700, 3), 7, np.uint8))
    assert pyramids.open_pyramid(picture, (1300, 1700))[0].max() == 7


def test_a_torn_pyramid_is_made_anew(picture):
    pyramids.open_pyramid(picture, (1300, 1700))
    (torn,) = kept()
    (torn / "0.npy").write_bytes(b"\x93NUMPY")
    assert pyramids.open_pyramid(picture, (1300, 1700))[0].shape == (1300, 1700, 3)
    assert (torn / "0.npy").stat().st_size > 1300 * 1700 * 3


def test_old_ones_make_room(picture, monkeypatch):
    monkeypatch.setattr(disk_cache, "MOST", 10_000_000)
    pyramids.open_pyramid(picture, (1300, 1700))
    (first,) = kept()
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    pyramids.open_pyramid(other, (1300, 1700))
    assert len(kept()) == 1 and kept() != [first]


def test_old_ones_give_way_on_a_full_disk_before_a_new_one_is_written(picture, monkeypatch):
    usage = shutil.disk_usage(picture.parent)
    pyramids.open_pyramid(picture, (1300, 1700))
    (first,) = kept()
    need = 1300 * 1700 * 4 + (256 << 20)

    def nearly_full(folder):
        return usage._replace(free=need - 1 if first.exists() else need)

    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    monkeypatch.setattr(pyramids, "IN_MEMORY", 0)
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    assert pyramids.open_pyramid(other, (1300, 1700))[0].shape == (1300, 1700, 3)
    assert len(kept()) == 1 and not first.exists()

    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=0))
    with pytest.raises(UserError, match="cannot be made ready"):
        pyramids.open_pyramid(picture, (1300, 1700))
    assert len(kept()) == 1, "what would not help is not removed"


def test_what_another_process_made_meanwhile_is_taken(picture, monkeypatch):
    made = pyramids.open_pyramid(picture, (1300, 1700))
    (place,) = kept()
    away = place.rename(place.with_name("away"))

    def while_another_is_sooner(strips, height, watch):
        yield from strips
        away.rename(place)

    monkeypatch.setattr(pyramids, "by_rows", while_another_is_sooner)
    monkeypatch.setattr(pyramids, "IN_MEMORY", 0)
    assert np.array_equal(pyramids.open_pyramid(picture, (1300, 1700))[2], made[2])


def test_a_pyramid_without_one_of_its_levels_is_none(picture):
    pyramids.open_pyramid(picture, (1300, 1700))
    (torn,) = kept()
    (torn / "1.npy").unlink()
    assert pyramids.known_pyramid(picture, (1300, 1700)) is None
    assert [len(level) for level in pyramids.open_pyramid(picture, (1300, 1700))] == [1300, 650, 325]


def test_pyramids_that_vanish_while_room_is_made_spoil_nothing(picture, monkeypatch):
    pyramids.open_pyramid(picture, (1300, 1700))
    (first,) = kept()

    def vanishing(places):
        for place in places:
            shutil.rmtree(first, ignore_errors=True)
            yield place

    monkeypatch.setattr(disk_cache, "paced", vanishing)
    monkeypatch.setattr(pyramids, "IN_MEMORY", 0)
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    assert pyramids.open_pyramid(other, (1300, 1700))[0].shape == (1300, 1700, 3)


def test_without_room_on_the_disk_the_picture_is_shown_all_the_same(picture, monkeypatch):
    (picture.parent / "home").write_text("a file where the folder should be")
    assert pyramids.open_pyramid(picture, (1300, 1700))[0].shape == (1300, 1700, 3)


def test_what_is_no_picture_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    with pytest.raises(UserError, match=r"gone\.png"):
        pyramids.open_pyramid(tmp_path / "gone.png", (10, 10))
