"""What is kept on the disk: one bound for all kinds, each entry whole or not there."""

import errno
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import numpy as np
import pytest

from core.errors import UserError
from core.images import disk_cache, jpeg_file
from core.images.pyramids import known_pyramid
from core.images.thumbnails import kept_thumbnail


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


@pytest.fixture
def source(tmp_path):
    file = tmp_path / "source.png"
    file.write_bytes(b"pixels")
    return file


def filled(entry, size, age):
    """An entry that is a folder, used so many seconds ago."""
    with disk_cache.new_folder(entry, size) as folder:
        (folder / "0").write_bytes(bytes(size))
    then = entry.stat().st_mtime - age
    os.utime(entry / "0", (then, then))
    os.utime(entry, (then, then))
    return entry


def entries():
    return set(disk_cache.folder().glob("*/*"))


def test_an_entry_is_of_the_file_as_it_is_and_of_how_it_was_made(source):
    first = disk_cache.entry("thumbnails", source, 256)
    assert first == disk_cache.entry("thumbnails", source, 256) != disk_cache.entry("thumbnails", source, 512)
    source.write_bytes(b"other pixels")
    assert disk_cache.entry("thumbnails", source, 256) != first


@pytest.mark.parametrize("name", ["a\0b.png", "\ud800.png", "\udce4.png", "x" * 300 + ".png"])
def test_a_name_that_no_file_can_have_is_told_as_such(name, tmp_path):
    with pytest.raises(UserError):
        kept_thumbnail(tmp_path / name, 256)
    assert known_pyramid(tmp_path / name, (40, 60)) is None


def test_all_kinds_share_one_bound_and_what_was_not_used_for_longest_goes_first(source, monkeypatch):
    old = filled(disk_cache.entry("pyramids", source, 1), 1000, age=9000)
    used = filled(disk_cache.entry("pyramids", source, 2), 1000, age=8000)
    thumbnail = disk_cache.entry("thumbnails", source, suffix=".jpg")
    disk_cache.write_file(thumbnail, bytes(1000))
    compiled = disk_cache.folder("openvino") / "1.blob"
    compiled.parent.mkdir()
    compiled.write_bytes(bytes(1000))
    os.utime(compiled, (1, 1))
    disk_cache.mark_used(used)
    monkeypatch.setattr(disk_cache, "MOST", 3500)
    disk_cache.make_room()
    assert entries() == {old, used, thumbnail}
    disk_cache.make_room(1000)
    assert entries() == {used, thumbnail}


def test_a_folder_is_there_when_it_is_complete(source):
    entry = disk_cache.entry("pyramids", source)
    with pytest.raises(RuntimeError), disk_cache.new_folder(entry, 10) as folder:
        (folder / "0").write_bytes(b"half")
        raise RuntimeError
    assert entries() == set()
    with disk_cache.new_folder(entry, 10) as folder:
        (folder / "0").write_bytes(b"all of it")
        assert not entry.exists()
    assert (entry / "0").read_bytes() == b"all of it"
    with disk_cache.new_folder(entry, 10) as folder:
        (folder / "1").write_bytes(b"anew")
    assert [file.name for file in entry.iterdir()] == ["1"]


def test_what_a_process_left_that_ended_in_the_middle_goes_and_what_is_being_made_stays(source):
    folder = disk_cache.folder("pyramids")
    for name in (".maskwright-1.tmp", ".maskwright-2.tmp"):
        (folder / name).mkdir(parents=True)
        (folder / name / "0").write_bytes(b"half")
    for path in (folder / ".maskwright-1.tmp" / "0", folder / ".maskwright-1.tmp"):
        os.utime(path, (1, 1))
    disk_cache.make_room()
    assert entries() == {folder / ".maskwright-2.tmp"}


def test_nothing_goes_where_that_would_not_make_room(source, monkeypatch):
    kept = filled(disk_cache.entry("pyramids", source), 1000, age=0)
    usage = shutil.disk_usage(source.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=0))
    with pytest.raises(OSError) as full:
        disk_cache.make_room(1000)
    assert full.value.errno == errno.ENOSPC and entries() == {kept}


def test_threads_that_make_the_same_thumbnail_at_once_do_not_write_into_one_file(tmp_path, monkeypatch):
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8))
    together, written = threading.Barrier(2, timeout=10), []
    original = disk_cache.written_beside

    @contextmanager
    def at_once(file):
        with original(file) as made:
            written.append(made.path)
            together.wait()
            yield made

    monkeypatch.setattr(disk_cache, "written_beside", at_once)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(kept_thumbnail, [picture] * 2, [256] * 2)
    assert len(set(written)) == 2 and np.array_equal(one, other)
    (kept,) = entries()
    assert jpeg_file.decode(kept).shape == one.shape
