"""Which image files a person names."""

import os
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import UserError
from core.inference.image_paths import collect_images
from core.runs.events import AnyEvent, Warning


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.png", "b.JPG", "sub/a.png", "sub/deep/größe.jpg"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(path.suffix.lower(), np.full((80, 120, 3), 90, np.uint8))[1].tobytes())
    (tmp_path / "in" / "notes.txt").write_text("not a picture")
    return tmp_path / "in"


def names(paths: Iterable[Path], folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in paths]


def test_files_folders_and_globs_name_images(folder: Path) -> None:
    everything = ["a.png", "b.JPG", "sub/a.png", "sub/deep/größe.jpg"]
    assert names(collect_images([str(folder)]), folder) == everything
    assert names(collect_images([str(folder / "sub" / "*.png")]), folder) == ["sub/a.png"]
    assert names(collect_images([str(folder / "**" / "*.png")]), folder) == ["a.png", "sub/a.png"]
    for litter in ("__MACOSX/._a.png", ".cache/a.png", "sub/._b.png"):
        (folder / litter).parent.mkdir(exist_ok=True)
        (folder / litter).write_bytes((folder / "a.png").read_bytes())
    assert names(collect_images([str(folder)]), folder) == everything, "what systems leave behind is no input"
    twice = collect_images([str(folder / "b.JPG"), str(folder)])
    assert names(twice, folder) == ["b.JPG", "a.png", "sub/a.png", "sub/deep/größe.jpg"]


def test_a_pattern_without_images_is_an_error_that_names_it(folder: Path) -> None:
    for pattern in (str(folder / "*.gif"), str(folder / "[")):
        with pytest.raises(UserError, match="names no image") as caught:
            collect_images([pattern])
        assert pattern in caught.value.message
    with pytest.raises(UserError, match=r"missing\.png” does not exist"):
        collect_images([str(folder / "missing.png")])


def test_a_file_whose_name_holds_a_bracket_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shot [1].png"
    path.write_bytes(b"")
    assert list(collect_images([str(path)])) == [path]


def test_the_files_of_a_folder_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.png", "b.png", "b-c/1.png", "B/1.png", "a.png", "é.png", "b/c/0.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert list(collect_images([str(tmp_path)])) == sorted(tmp_path.rglob("*.png"))


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_to_files_are_followed_and_those_that_lead_in_circles_are_not(folder: Path) -> None:
    (folder / "sub" / "again").symlink_to(folder, target_is_directory=True)
    (folder / "c.png").symlink_to(folder / "a.png")
    (folder / "d.png").symlink_to(folder / "nothing.png")
    assert names(collect_images([str(folder)]), folder) == [
        "a.png",
        "b.JPG",
        "c.png",
        "sub/a.png",
        "sub/deep/größe.jpg",
    ]


def test_pictures_of_other_kinds_are_counted_and_three_are_named(folder: Path) -> None:
    for number in range(5):
        (folder / f"{number}.heic").write_bytes(b"")
    events: list[AnyEvent] = []
    assert len(collect_images([str(folder)], events.append)) == 4
    (warning,) = events
    assert isinstance(warning, Warning)
    assert "5 pictures" in warning.message and "0.heic, 1.heic, 2.heic, …" in warning.message


def test_the_list_of_paths_takes_little_more_memory_than_their_names(tmp_path: Path) -> None:
    """A list of a million paths as objects takes half a gigabyte."""
    count = 2000
    for number in range(count):
        (tmp_path / f"{number:012}.png").write_bytes(b"")
    collect_images([str(tmp_path)])  # what is made once
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        found = collect_images([str(tmp_path)])
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert len(found) == count and held / count < 64
    assert list(found)[-1] == tmp_path / f"{count - 1:012}.png"
