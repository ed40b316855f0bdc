"""Crops of a picture in another split are found by what they show; other pictures of the same kind are not."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset.health import crops
from core.dataset.health.crops import _worth_a_look as worth_a_look
from core.dataset.health.crops import crop_pairs
from core.dataset.health.leaks import find
from core.dataset.health.templates import _candidates as template_candidates
from core.dataset.health.templates import template_pairs
from core.dataset.model import Image


def sample(seed: int) -> np.ndarray:
    """Parts of all sizes and shades on a rough table."""
    random = np.random.default_rng(seed)
    picture = cv2.resize(random.integers(90, 160, (24, 32), np.uint8), (640, 480), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        center, axes = random.integers(0, (640, 480)).tolist(), random.integers(6, 40, 2).tolist()
        shade = int(random.integers(0, 255))
        cv2.ellipse(picture, center, axes, float(random.integers(0, 180)), 0, 360, shade, -1)
    return picture


@pytest.fixture
def write(tmp_path):
    def write(name: str, pixels: np.ndarray) -> Path:
        cv2.imwrite(str(tmp_path / name), pixels)
        return tmp_path / name

    return write


@pytest.mark.parametrize("scale", [1.0, 0.5, 0.7])
def test_crops_are_found_whatever_their_scale(write, scale):
    samples = [sample(seed) for seed in range(6)]
    paths = [write(f"{place}.png", pixels) for place, pixels in enumerate(samples)]
    for place, pixels in enumerate(samples):
        part = pixels[40 + 20 * place : 280 + 20 * place, 30 * place : 320 + 30 * place]
        paths.append(
            write(f"part_{place}.jpg", cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
        )
    paths.append(write("other.png", sample(99)[:240, :320]))
    found = crop_pairs(paths, ["train"] * 6 + ["val"] * 7)
    assert [(one, other) for one, other, _ in found] == [(place, 6 + place) for place in range(6)]
    assert not crop_pairs(paths, ["train"] * 13), "in one split they do no harm"


def test_a_look_for_crops_among_many_pictures_can_be_ended_and_remembers_no_pair_that_means_nothing():
    """A million pictures of two sizes, too many to compare; and points that meet by chance."""
    sides = ["val"] + ["train"] * 299_999
    assert not template_candidates([(48, 64), (480, 640), (960, 1280)] * 100_000, sides, lambda: None)
    same = template_candidates([(480, 640)] * 300_000, sides, lambda: None)
    some = template_candidates([(100, 100), (300, 300), (150, 150), (300, 300)], ["a", "b", "b", "a"], lambda: None)
    assert (same, some) == ([], [(0, 1, 1), (0, 1, 2), (0, 2, 1), (2, 3, 1)])
    random, asked = np.random.default_rng(0), list[int]()
    cells = [random.integers(0, 1 << 10, (8, 20), np.uint32) for _ in range(40)]
    cells[30] = cells[7].copy()
    cells[31] = np.full_like(cells[7], 5)  # one crowded cell says nothing
    cells[9] = np.full((8, 80), 5, np.uint32)
    sides_of = np.array([0] * 20 + [1] * 20)
    pairs = worth_a_look(cells, sides_of, lambda: asked.append(1))
    shared = {
        (one, other): sum(len(set(a) & set(b)) for a, b in zip(cells[one], cells[other], strict=True))
        for one in range(20)
        for other in range(20, 40)
        if one != 9 and other != 31
    }
    assert pairs[0] == max(shared, key=lambda pair: shared[pair]) == (7, 30)
    assert {shared[pair] >= 6 for pair in pairs} == {True}
    assert len(asked) == 40


def test_what_cannot_be_told_apart_is_no_crop(write, tmp_path):
    flat = [write(f"{shade}.png", np.full((200, 300), shade, np.uint8)) for shade in (100, 101)]
    noise = [
        write(f"n{seed}.png", np.random.default_rng(seed).integers(0, 255, (200, 300), np.uint8)) for seed in (1, 2)
    ]
    (tmp_path / "broken.png").write_bytes(b"no picture")
    paths = [flat[0], noise[0], None, tmp_path / "broken.png", flat[1], noise[1]]
    assert not crop_pairs(paths, ["train"] * 4 + ["val"] * 2)


def test_crops_with_next_to_nothing_in_them_are_found_by_laying_them_over_larger_pictures(write):
    """A flake or two on a wafer: too little for points."""

    def wafer(seed: int) -> np.ndarray:
        random = np.random.default_rng(seed)
        picture = np.full((480, 640), 120, np.uint8)
        for _ in range(3):
            corners = random.integers((200, 150), (440, 330)) + random.integers(-40, 40, (5, 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], int(random.choice([70, 165, 190])))
        return cv2.GaussianBlur(picture, (0, 0), 1.5)

    samples = [wafer(seed) for seed in range(5)]
    paths = [write(f"{place}.png", pixels) for place, pixels in enumerate(samples)]
    for place, pixels in enumerate(samples):
        part = pixels[90:390, 140:500]
        paths.append(write(f"part_{place}.png", part if place % 2 else cv2.resize(part, (180, 150))))
    found = template_pairs(paths, ["train"] * 5 + ["val"] * 5)
    assert [(one, other) for one, other, _ in found] == [(place, 5 + place) for place in range(5)]
    assert not template_pairs(paths, ["train"] * 10)
    assert not template_pairs([paths[0], paths[1], None], ["train", "val", "val"]), "neither fits into the other"


def test_a_crop_is_a_leak_of_its_own_kind_unless_its_name_tells(write):
    whole = sample(1)
    paths = [write("a.png", whole), write("b.png", whole[100:400, 100:500]), write("a_tile_3.png", whole[:300, :400])]
    splits = ["train", "val", "val"]
    names = ["a_tile_1.png", "b.png", "a_tile_3.png"]
    images = [Image(place, place, name, 640, 480, splits[place]) for place, name in enumerate(names)]
    assert [(pair.kind, pair.one, pair.other) for pair in find(images, paths)] == [("tiles", 0, 2), ("crops", 0, 1)]


def test_points_that_all_lie_in_one_spot_show_no_crop(monkeypatch):
    """Any picture fits a dot when it is shrunk to one: so a speck of dust was once found to be a whole wafer."""
    random = np.random.default_rng(0)
    gray = random.integers(0, 255, (60, 80), np.uint8)
    descriptions = np.eye(20, 128, dtype=np.float32)
    spread = random.uniform(5, 50, (20, 2)).astype(np.float32)
    spot = (spread * 0.001 + 30).astype(np.float32)
    seen = {"dust": (gray, spot, descriptions), "wafer": (gray[::-1].copy(), spread, descriptions)}
    monkeypatch.setattr(crops, "_points", seen.__getitem__)
    assert crops._agreement("dust", "wafer") == crops._agreement("wafer", "dust") == 0
    seen["copy"] = gray, spread, descriptions
    assert crops._agreement("copy", "copy") == pytest.approx(1)
