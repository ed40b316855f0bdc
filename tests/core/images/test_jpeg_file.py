"""What decoders of JPEG do not say is said, and a fraction of a JPEG is the whole picture."""

import cv2
import numpy as np
import PIL.Image
import pytest

from core.errors import UserError
from core.images.decoding import read_image
from core.images.preview import read_reduced
from core.images.pyramids import open_pyramid, upright_strips
from core.runs.control import CancelRequested

SIZE, EIGHTH = (730, 610), (91, 76)


@pytest.fixture
def save(tmp_path):
    small = np.random.default_rng(0).integers(0, 255, (12, 9, 3), np.uint8)
    picture = PIL.Image.fromarray(cv2.resize(small, SIZE[::-1]))

    def write(mode="RGB", **settings):
        picture.convert(mode).save(tmp_path / "a.jpg", **settings)
        return tmp_path / "a.jpg"

    return write


@pytest.fixture(autouse=True)
def by_rows(monkeypatch, tmp_path):
    """Pictures of this size count as huge, and come a few rows at a time."""
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("core.images.strips.LARGE", 1000)
    monkeypatch.setattr("core.images.strips._AT_ONCE", 101 * SIZE[1])


def test_a_pyramid_is_made_of_rows_with_progress(save):
    path, shares = save(), []
    levels = open_pyramid(path, SIZE, shares.append)
    assert [level.shape for level in levels] == [(730, 610, 3), (365, 305, 3)]
    assert np.array_equal(levels[0], read_image(path))
    assert shares == sorted(shares) and len(shares) > 5 and shares[0] > 0 and shares[-1] == 1


def test_torn_ones_are_said(save):
    path = save()
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(UserError, match=r"a\.jpg is broken: it ends before the picture does"):
        open_pyramid(path, SIZE)


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_one_that_breaks_off_and_ends_as_it_should_is_said(save, mode):
    path = save(mode)
    path.write_bytes(path.read_bytes()[:8000] + b"\xff\xd9")
    with pytest.raises(UserError, match=r"a\.jpg is broken: it ends before the picture does"):
        list(upright_strips(path, SIZE))


def test_a_name_that_is_no_text_is_read_as_any_other(save):
    path = save()
    odd = path.with_name("caf\udce9.jpg")
    try:
        path.rename(odd)
    except (OSError, UnicodeError):
        pytest.skip("names are text here")
    assert np.array_equal(open_pyramid(odd, SIZE)[0], read_image(odd))


def test_a_small_one_is_the_whole_picture_and_of_a_torn_one_what_is_there(save):
    path = save()
    small = read_reduced(path, SIZE, EIGHTH)
    whole = cv2.resize(read_image(path), small.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert small.shape == (92, 77, 3) and np.abs(small.astype(int) - whole).mean() < 6
    path.write_bytes(path.read_bytes()[:8000])
    torn = read_reduced(path, SIZE, EIGHTH, torn=True)
    assert np.abs(torn[:20].astype(int) - small[:20]).max() <= 2 and np.ptp(torn[-1]) == 0


def test_nobody_waits_for_one_that_is_not_wanted_any_more(save):
    def stop(share):
        raise CancelRequested

    with pytest.raises(CancelRequested):
        open_pyramid(save(), SIZE, stop)
