"""An image that was read ahead is shown as a person wants it by then."""

import cv2
import msgspec
import numpy as np
import pytest

from app.canvas.image_loader import ImageLoader
from core.channel_settings import ChannelSettings
from core.dataset import open_dataset
from core.images.pixel_size import PixelSize
from tests.core.dataset.builders import coco, image


@pytest.fixture
def dataset(tmp_path):
    for number, value in ((1, 1000), (2, 3000)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.full((40, 60, 3), value, np.uint16))
    images = [image(number, f"{number}.png", width=60, height=40) for number in (1, 2)]
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(coco(images, [])))
    return open_dataset(tmp_path)


@pytest.fixture
def show(dataset, qtbot):
    """Shows the second image of a dataset after the first one, with which it was read ahead."""
    loader, read = ImageLoader(), []
    loader.loaded.connect(read.append)
    loader.load(dataset, dataset.images[0], lambda *_: None, dataset.images[1])
    qtbot.waitUntil(lambda: loader._ahead is not None)

    def show_now(now):
        loader.load(now, now.images[1], lambda *_: None)
        qtbot.waitUntil(lambda: len(read) == 2)
        return read[1]

    yield show_now
    loader.stop()


def test_an_image_read_ahead_is_read_again_after_its_channels_changed(dataset, show):
    settings = ChannelSettings(sources=(0, 1, 2), scale="values", low=0.0, high=6000.0)
    now = dataset.with_channels(settings)
    assert np.array_equal(show(now).pixels, now.read_image(now.images[1]))
    assert not np.array_equal(now.read_image(now.images[1]), dataset.read_image(dataset.images[1]))


def test_an_image_read_ahead_has_the_pixel_size_that_was_measured_since(dataset, show, tmp_path):
    file = tmp_path / "a.json"
    stated = msgspec.json.decode(file.read_bytes())
    for each in stated["images"]:
        each["pixel_size"] = {"value": 0.5, "unit": "µm"}
    file.write_bytes(msgspec.json.encode(stated))
    assert show(open_dataset(tmp_path)).pixel_size == PixelSize(0.5, "µm")
