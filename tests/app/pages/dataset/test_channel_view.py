"""How pictures of more than 8 bits are read, chosen in the window and seen at once."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file, open_dataset


@pytest.fixture
def deep(dataset_folder: Path) -> Path:
    """The dataset with pictures of 16 bits that are nearly black."""
    for number, path in enumerate(sorted(dataset_folder.rglob("*.png"))):
        size = cv2.imread(str(path)).shape
        cv2.imwrite(str(path), np.random.default_rng(number).integers(1000, 2000, size).astype(np.uint16))
    return dataset_folder


def test_channels_and_values_are_chosen_seen_kept_and_given_up(make_window, deep: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(deep)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page.views._chips["channels"].isVisible())
    page.views._chips["channels"].click()
    view = page._stack.currentWidget()
    qtbot.waitUntil(lambda: view._shown is not None)
    assert not view.use.isEnabled() and not view._choices.isEnabled()
    view.fixed.click()
    assert view.low.value() < 1100 and view.high.value() > 1900, "what the picture has"
    view.sources[0].setCurrentIndex(2)
    view.low.set_value(1000)
    view.high.set_value(2000)
    with qtbot.waitSignal(window.document.opened):
        view.use.click()
    chosen = ChannelSettings(sources=(2, 1, 2), scale="values", low=1000, high=2000)
    assert channel_file.read(deep) == chosen and window.document.dataset.channels == chosen
    image = window.document.dataset.images[0]
    assert window.document.dataset.read_image(image).std() > 60
    qtbot.waitUntil(lambda: view.isVisible() and not view.use.isEnabled() and view.fixed.isChecked())
    view.high.set_value(900)
    assert not view.use.isEnabled() and view.result.isVisible(), "white below black"
    view.plain.click()
    with qtbot.waitSignal(window.document.opened):
        view.use.click()
    assert not (deep / channel_file.FILE).exists() and open_dataset(deep).channels is None


def test_pictures_of_8_bits_have_nothing_to_choose(make_window, dataset_folder: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page._index is not None and not page.notices._counting.busy)
    assert not page.views._chips["channels"].isVisible()
