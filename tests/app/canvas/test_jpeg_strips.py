"""Huge JPEG pictures are read by strips, and the pixels are those of the whole picture."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from app.canvas.jpeg_strips import jpeg_small, jpeg_strips
from core.errors import UserError
from core.images.decoding import read_image
from core.images.pyramids import open_pyramid
from core.images.strips import reader_of
from core.runs.control import CancelRequested

SIZE, EIGHTH = (730, 610), (92, 77)


@pytest.fixture
def save(tmp_path):
    small = np.random.default_rng(0).integers(0, 255, (12, 9, 3), np.uint8)
    picture = PIL.Image.fromarray(cv2.resize(small, SIZE[::-1]))

    def write(mode="RGB", **settings):
        picture.convert(mode).save(tmp_path / "a.jpg", **settings)
        return tmp_path / "a.jpg"

    return write


@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("rows", [7, 100, 1000])
def test_strips_are_the_rows_of_the_picture(save, mode, subsampling, rows, monkeypatch):
    monkeypatch.setattr("app.canvas.jpeg_strips._AT_ONCE", rows * SIZE[1])
    path = save(mode, subsampling=subsampling)
    shares = []
    strips = list(jpeg_strips(path, shares.append))
    assert shares == sorted(shares) and 0 <= shares[0] <= shares[-1] <= 1
    assert np.abs(np.concatenate(strips).astype(int) - read_image(path)).max() <= 1


def test_a_pyramid_is_made_of_them(save, own_home, monkeypatch):
    monkeypatch.setattr("app.canvas.jpeg_strips._AT_ONCE", 101 * SIZE[1])
    path = save()
    levels = open_pyramid(path, SIZE, jpeg_strips)
    assert [level.shape for level in levels] == [(730, 610, 3), (365, 305, 3)]
    whole = read_image(path).astype(float)
    assert np.abs(levels[1] - whole.reshape(365, 2, 305, 2, 3).mean((1, 3))).max() <= 1.5


def test_icons_can_be_painted_while_it_is_read(save, tmp_path):
    icon, path = tmp_path / "icon.png", save()
    PIL.Image.new("L", (7, 5)).save(icon)
    code = f"""
import threading
from pathlib import Path
from PySide6.QtGui import QImageReader
from app.canvas.jpeg_strips import jpeg_small

thread = threading.Thread(target=lambda: [jpeg_small(Path({str(path)!r}), {EIGHTH}) for _ in range(300)])
thread.start()
while thread.is_alive():
    assert QImageReader({str(icon)!r}).size().width() == 7
"""
    subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=True, timeout=60)


def test_progressive_and_torn_ones_are_read_as_a_whole(save):
    assert reader_of(save(progressive=True), SIZE, jpeg_strips) is None
    path = save()
    assert reader_of(path, SIZE, jpeg_strips) is jpeg_strips
    path.write_bytes(path.read_bytes()[:5000])
    assert reader_of(path, SIZE, jpeg_strips) is None
    with pytest.raises(UserError, match=r"a\.jpg"):
        open_pyramid(path, SIZE, jpeg_strips)


def test_one_that_breaks_off_and_ends_as_it_should_is_said(save):
    path = save()
    path.write_bytes(path.read_bytes()[:8000] + b"\xff\xd9")
    assert reader_of(path, SIZE, jpeg_strips) is jpeg_strips
    with pytest.raises(UserError, match=r"a\.jpg is broken: it ends before the picture does"):
        list(jpeg_strips(path, lambda share: None))


@pytest.mark.parametrize("content", [b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', b"/* XPM */"])
def test_only_jpeg_is_read_whatever_else_the_decoder_knows(save, content):
    path = save()
    path.write_bytes(content)
    for read in (lambda: list(jpeg_strips(path, lambda share: None)), lambda: jpeg_small(path, EIGHTH)):
        with pytest.raises(UserError, match=r"a\.jpg is broken"):
            read()


def test_a_name_that_is_no_text_is_read_as_a_whole(save, own_home):
    path = save()
    odd = path.with_name("caf\udce9.jpg")
    try:
        path.rename(odd)
    except (OSError, UnicodeError):
        pytest.skip("names are text here")
    assert reader_of(odd, SIZE, jpeg_strips) is None
    assert np.array_equal(open_pyramid(odd, SIZE, jpeg_strips)[0], read_image(odd))


def test_a_small_one_is_the_whole_picture_and_of_a_torn_one_what_is_there(save):
    path = save()
    small = jpeg_small(path, EIGHTH)
    whole = cv2.resize(read_image(path), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert small.shape == (91, 76, 3) and np.abs(small.astype(int) - whole).mean() < 6
    path.write_bytes(path.read_bytes()[:8000])
    torn = jpeg_small(path, EIGHTH)
    assert np.abs(torn[:20].astype(int) - small[:20]).max() <= 2 and np.ptp(torn[-1]) == 0


def test_nobody_waits_for_one_that_is_not_wanted_any_more(save):
    def stop(share):
        raise CancelRequested

    with pytest.raises(CancelRequested):
        list(jpeg_strips(save(), stop))
