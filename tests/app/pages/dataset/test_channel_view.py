"""How pictures of more than 8 bits are read, chosen in the window and seen at once."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file, open_dataset

FILES = Path(__file__).parents[3] / "core" / "images" / "files"


@pytest.fixture
def deep(dataset_folder: Path) -> Path:
    """The dataset with pictures of 16 bits that are nearly black."""
    for number, path in enumerate(sorted(dataset_folder.rglob("*.png"))):
        size = cv2.imread(str(path)).shape
        cv2.imwrite(str(path), np.random.default_rng(number).integers(1000, 2000, size).astype(np.uint16))
    return dataset_folder


def shown(window, folder: Path, qtbot):
    """The view of channels, with its picture."""
    with qtbot.waitSignal(window.document.opened):
        window.document.open(folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page.views._chips["channels"].isVisible())
    page.views._chips["channels"].click()
    view = page._stack.currentWidget()
    qtbot.waitUntil(lambda: view._shown is not None)
    return view


def test_channels_and_values_are_chosen_seen_kept_and_given_up(make_window, deep: Path, qtbot):
    window = make_window()
    view = shown(window, deep, qtbot)
    assert not view.use.isEnabled() and not view._choices.isEnabled()
    view.fixed.click()
    qtbot.waitUntil(lambda: not view._measuring.busy)
    assert view.low.value() < 1100 and view.high.value() > 1900, "what the pictures have"
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


def test_values_for_all_pictures_come_from_more_than_the_one_in_view(make_window, deep: Path, qtbot):
    last = sorted(deep.rglob("*.png"))[-1]
    cv2.imwrite(str(last), np.full(cv2.imread(str(last)).shape, 40000, np.uint16))
    view = shown(make_window(), deep, qtbot)
    view.fixed.click()
    qtbot.waitUntil(lambda: not view._measuring.busy)
    assert view.low.value() < 1100 and view.high.value() == 40000
    view.percentiles.click()
    view.fixed.click()
    view.high.set_value(3000)
    qtbot.waitUntil(lambda: not view._measuring.busy)
    assert view.high.value() == 3000, "what was typed meanwhile stays"


def test_all_channels_of_a_picture_are_offered(make_window, tmp_path: Path, qtbot):
    folder = tmp_path / "five"
    folder.mkdir()
    shutil.copy(FILES / "hyperstack.tif", folder / "a.tif")
    (folder / "instances.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "a.tif", "width": 32, "height": 24}],
                "annotations": [],
                "categories": [{"id": 1, "name": "cell"}],
            }
        )
    )
    view = shown(make_window(), folder, qtbot)
    assert [source.count() for source in view.sources] == [5, 5, 5]
    view.percentiles.click()
    view.sources[0].setCurrentIndex(4)
    with qtbot.waitSignal(view.document.opened):
        view.use.click()
    dataset = view.document.dataset
    assert dataset.channels.sources == (4, 1, 2) and dataset.read_image(dataset.images[0]).std() > 60


def test_pictures_of_8_bits_have_nothing_to_choose(make_window, dataset_folder: Path, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page._index is not None and not page.notices._counting.busy)
    assert not page.views._chips["channels"].isVisible()
