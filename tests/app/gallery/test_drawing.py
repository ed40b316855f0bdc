"""Thumbnails on the disk."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import cv2
import numpy as np

from app.gallery import drawing
from core.images import jpeg_file


def test_threads_that_make_the_same_thumbnail_at_once_do_not_write_into_one_file(tmp_path, monkeypatch):
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8))
    monkeypatch.setattr(drawing, "_cache_folder", lambda: tmp_path / "thumbnails")
    together, written = threading.Barrier(2, timeout=10), []
    original = drawing.written_beside

    @contextmanager
    def at_once(file):
        with original(file) as made:
            written.append(made.path)
            together.wait()
            yield made

    monkeypatch.setattr(drawing, "written_beside", at_once)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(drawing.small, [picture] * 2, [256] * 2)
    assert len(set(written)) == 2 and np.array_equal(one, other)
    kept = list((tmp_path / "thumbnails").rglob("*.*"))
    assert len(kept) == 1 and jpeg_file.decode(kept[0]).shape == one.shape
