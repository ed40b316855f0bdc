"""Pictures that training and validation share are found, and others are not."""

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from core.dataset.health.leaks import pairs
from core.dataset.health.likeness import look_at
from core.dataset.model import Image
from core.images.capture_time import capture_of


def scene(seed: int, light: float = 60.0) -> np.ndarray:
    """Some parts on a table that is brighter at one side, as under every lamp."""
    random = np.random.default_rng(seed)
    picture = np.tile(np.linspace(80, 80 + light, 160), (120, 1)).astype(np.float32)
    for _ in range(12):
        at = tuple(int(value) for value in random.integers(5, 115, 2))
        cv2.circle(picture, at, int(random.integers(3, 12)), float(random.integers(0, 255)), -1)
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture
def found(tmp_path):
    """Of pictures by name, with the split of each: the pairs that are found, as kind, names and whether across."""

    def find(*pictures: tuple[str, str, np.ndarray]) -> list[tuple[str, str, str, bool]]:
        images, paths = [], []
        for index, (split, name, pixels) in enumerate(pictures):
            path = tmp_path / f"{index}" / name
            path.parent.mkdir()
            cv2.imwrite(str(path), pixels)
            images.append(Image(index, index, name, 160, 120, split))
            paths.append(path)
        pairs_found = pairs(images, look_at(paths))
        names = [name for _, name, _ in pictures]
        return [(pair.kind, names[pair.one], names[pair.other], pair.across) for pair in pairs_found]

    return find


def test_other_pictures_under_the_same_lamp_are_not_alike(found):
    assert found(*(("train" if seed % 2 else "val", f"p{seed}.png", scene(seed)) for seed in range(30))) == []


def test_copies_are_found_however_they_were_made(found):
    picture = scene(1)
    smaller = cv2.resize(picture, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    brighter = np.clip(picture * 1.1 + 8, 0, 255).astype(np.uint8)
    made = found(
        ("train", "a.png", picture),
        ("val", "b.png", picture),
        ("val", "c.jpg", smaller),
        ("train", "d.jpg", brighter),
        ("val", "e.png", scene(2)),
    )
    assert ("same", "a.png", "b.png", True) in made
    assert ("alike", "a.png", "c.jpg", True) in made
    assert ("alike", "a.png", "d.jpg", False) in made
    assert not any("e.png" in each for each in made)
    assert [across for *_, across in made] == sorted((across for *_, across in made), reverse=True)


def test_frames_of_one_video_and_tiles_of_one_picture(found):
    wide = np.hstack([scene(3), scene(4)])
    frames = [
        (("val" if number == 3 else "train"), f"clip_{number:04}.png", wide[:, 8 * number : 160 + 8 * number])
        for number in range(6)
    ]
    made = found(
        *frames,
        ("train", "slide_x0_y0.png", scene(5)),
        ("val", "slide_x512_y0.png", scene(6)),
        ("train", "cat_jpg.rf.0123456789abcdef0123456789abcdef.jpg", scene(7)),
        ("val", "cat_jpg.rf.fedcba9876543210fedcba9876543210.jpg", cv2.flip(scene(7), 1)),
        ("train", "part_1.png", scene(8)),
        ("val", "part_2.png", scene(9)),
    )
    across = {(kind, one, other) for kind, one, other, across in made if across}
    assert {("frames", "clip_0002.png", "clip_0003.png"), ("frames", "clip_0003.png", "clip_0004.png")} <= across
    assert ("tiles", "slide_x0_y0.png", "slide_x512_y0.png") in across
    assert any(kind == "tiles" and one.startswith("cat") for kind, one, _ in across)
    assert not any("part" in one for _, one, _ in across)


def test_missing_broken_and_empty_pictures_are_like_nothing(tmp_path):
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.full((50, 50), 200 if name == "a.png" else 90, np.uint8))
    (tmp_path / "c.png").write_bytes(b"no picture")
    paths = [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png", None, None]
    images = [Image(index, index, f"{index}.png", 50, 50, "train") for index in range(5)]
    assert pairs(images, look_at(paths)) == []


def test_photographs_of_one_camera_taken_in_a_row_are_a_leak_where_they_are_alike(tmp_path):
    def taken(index: int, split: str, seed: int, second: int, camera: str = "M1") -> tuple[Image, Path]:
        exif = PIL.Image.Exif()
        exif[0x0110] = camera
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:01 10:00:{second:02}"
        path, name = tmp_path / f"{index}.jpg", "abcdefgh"[index] + ".jpg"
        pixels = scene(seed)
        pixels[40:60, 20 + 8 * index : 40 + 8 * index] = 255  # something moves
        PIL.Image.fromarray(pixels).save(path, exif=exif, quality=95)
        return Image(index, index, name, 160, 120, split), path

    images, paths = zip(
        taken(0, "train", 1, 0),
        taken(1, "val", 1, 2),
        taken(2, "val", 2, 4),  # another scene
        taken(3, "val", 1, 40),  # long after
        taken(4, "val", 1, 1, "M2"),  # another camera
        strict=True,
    )
    likeness = look_at(paths)
    found = [(each.one, each.other) for each in pairs(images, likeness) if each.kind == "frames"]
    assert found == [(0, 1)]
    assert capture_of(paths[1]).seconds - capture_of(paths[0]).seconds == 2
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    assert capture_of(tmp_path / "broken.jpg") is None and capture_of(tmp_path / "none.jpg") is None
