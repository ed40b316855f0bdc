import numpy as np
import PIL.Image
import pytest

from core.images.decoding import read_image, thumbnail


@pytest.fixture
def photo():
    """A smooth picture of 60 × 40 pixels, brighter to the right, redder to the bottom."""
    y, x = np.mgrid[:40, :60]
    return np.stack([y * 6, x * 4, (x + y) * 2], -1).astype(np.uint8)


@pytest.fixture
def saved(tmp_path):
    def save(picture, name="a.png", **options):
        path = tmp_path / name
        image = picture if isinstance(picture, PIL.Image.Image) else PIL.Image.fromarray(picture)
        image.save(path, **options)
        return path

    return save


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif", "a.webp", "ä b.PNG"])
def test_lossless_formats_come_back_as_they_were(saved, photo, name):
    options = {"lossless": True} if name.endswith("webp") else {}
    assert np.array_equal(read_image(saved(photo, name, **options)), photo)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_has_the_pixels_that_pillow_finds(saved, photo, mode):
    path = saved(PIL.Image.fromarray(photo).convert(mode), "a.jpg")
    with PIL.Image.open(path) as expected:
        assert np.array_equal(read_image(path), np.array(expected.convert("RGB")))


def test_grey_palette_and_single_bits(saved, photo):
    grey = photo[:, :, 1]
    assert np.array_equal(read_image(saved(grey, "g.png")), np.repeat(grey[:, :, None], 3, 2))
    palette = PIL.Image.fromarray(photo).quantize(16)
    assert np.array_equal(read_image(saved(palette, "p.png")), np.array(palette.convert("RGB")))
    bits = read_image(saved(PIL.Image.fromarray(grey > 100), "b.png"))
    assert np.array_equal(bits[:, :, 0], (grey > 100) * np.uint8(255))


def test_transparent_parts_lie_on_white(saved, photo):
    alpha = np.full((40, 60, 1), 255, np.uint8)
    alpha[:, :20] = 0
    alpha[:, 20:30] = 128
    picture = read_image(saved(np.concatenate([photo, alpha], 2)))
    assert (picture[:, :20] == 255).all() and np.array_equal(picture[:, 30:], photo[:, 30:])
    half = (photo[:, 20:30].astype(int) + 255) // 2
    assert np.abs(picture[:, 20:30] - half).max() <= 2
    assert np.array_equal(read_image(saved(np.concatenate([photo, alpha * 0 + 255], 2))), photo)


def test_a_transparent_color_of_a_palette_is_white(saved):
    image = PIL.Image.fromarray(np.zeros((4, 4), np.uint8)).convert("P")
    assert (read_image(saved(image, transparency=0)) == 255).all()


@pytest.mark.parametrize("greatest, divisor", [(65535, 256), (4095, 16), (255, 1), (3, 1), (0, 1)])
def test_sixteen_bits_keep_black_black_and_lose_the_lowest_bits(saved, greatest, divisor):
    values = np.linspace(0, greatest, 64).astype(np.uint16).reshape(8, 8)
    for name in ("a.png", "a.tif"):
        assert np.array_equal(read_image(saved(values, name))[:, :, 2], values // divisor)


def test_numbers_without_a_scale_are_stretched(saved):
    values = np.array([[-1.0, 0.0], [1.0, np.nan]], np.float32)
    assert read_image(saved(values, "a.tif"))[:, :, 0].tolist() == [[0, 128], [255, 128]]
    assert (read_image(saved(np.full((2, 2), 7.5, np.float32), "b.tif")) == 0).all()


def test_a_picture_of_another_size_lies_under_its_masks(saved, photo):
    path = saved(photo)
    assert np.array_equal(read_image(path, (39, 58)), photo[:39, :58])
    longer = read_image(path, (41, 62))
    assert np.array_equal(longer[:40, :60], photo) and np.array_equal(longer[40, :60], photo[39])
    assert np.array_equal(longer[:40, 61], photo[:, 59])
    double = read_image(path, (80, 120))
    assert np.abs(double[20:60:2, 20:100:2].astype(int) - photo[10:30, 10:50]).max() < 8


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("shape", [(600, 800), (2000, 90), (7, 5000), (1, 1), (100, 100)])
def test_thumbnails_are_small_and_keep_the_proportions(saved, name, shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    ramp = np.repeat(((x / shape[1] + y / shape[0]) * 127).astype(np.uint8)[:, :, None], 3, 2)
    small = thumbnail(saved(ramp, name), 128)
    scale = min(128 / max(shape), 1)
    assert small.shape == (max(round(shape[0] * scale), 1), max(round(shape[1] * scale), 1), 3)
    assert small.dtype == np.uint8 and abs(float(small.mean()) - float(ramp.mean())) < 8
