"""How pictures are read is chosen once for a dataset, and everybody sees the same pixels."""

import json
import tracemalloc
from pathlib import Path

import cv2
import msgspec
import numpy as np
import PIL.Image
import pytest

from core.channel_settings import ChannelSettings
from core.dataset import channel_file, open_dataset
from core.dataset.fingerprint import fingerprint
from core.dataset.formats.coco_writer import write_coco
from core.errors import UserError
from core.images import strips
from core.images.decoding import is_plain, read_image
from core.images.pyramids import open_pyramid, upright_strips
from core.images.rendering import limits_of, render, sampling_step
from core.images.thumbnails import kept_thumbnail, small_picture
from core.recipes.model_spec import ClassSpec, InputSpec, ModelSpec

VALUES = np.random.default_rng(0).integers(1000, 1400, (40, 60, 3)).astype(np.uint16)
"""RGB of which 16 bits hold little: as it is read usually, nearly one grey."""
FIXED = ChannelSettings(sources=(2, 0, 0), scale="values", low=1000, high=1400)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "deep"
    (made / "images").mkdir(parents=True)
    cv2.imwrite(str(made / "images" / "a.png"), VALUES[:, :, ::-1])
    cv2.imwrite(str(made / "images" / "gray.png"), VALUES[:, :, 0])
    images = [{"id": id, "file_name": name, "width": 60, "height": 40} for id, name in enumerate(["a.png", "gray.png"])]
    content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "cell"}]}
    (made / "annotations.json").write_text(json.dumps(content))
    return made


def expected(settings: ChannelSettings) -> np.ndarray:
    shown = VALUES[:, :, list(settings.sources)].astype(float)
    return np.rint(np.clip((shown - settings.low) * 255 / (settings.high - settings.low), 0, 255)).astype(np.uint8)


def test_all_readers_see_the_same_pixels(folder: Path):
    channel_file.write(folder, FIXED)
    dataset = open_dataset(folder)
    assert dataset.channels == FIXED and not dataset.problems
    image, path, wanted = dataset.images[0], folder / "images" / "a.png", expected(FIXED)
    assert np.array_equal(dataset.read_image(image), wanted)
    assert np.array_equal(read_image(path, settings=FIXED), wanted), "as a prediction reads it"
    assert np.array_equal(small_picture(path, 256, (40, 60), dataset.channels), wanted)
    assert np.array_equal(open_pyramid(path, (40, 60), settings=dataset.channels)[0], wanted)
    kept = kept_thumbnail(path, 256, (40, 60), dataset.channels)
    assert np.abs(kept.astype(int) - wanted).mean() < 30, "a JPEG of noise"
    plain = kept_thumbnail(path, 256, (40, 60))
    assert plain.std() < 20 < kept.std(), "caches are kept apart"
    assert np.array_equal(open_pyramid(path, (40, 60))[0], read_image(path))
    gray = dataset.read_image(dataset.images[1])
    assert np.array_equal(gray, np.repeat(expected(ChannelSettings((0, 0, 0), "values", 1000, 1400))[:, :, :1], 3, 2))


@pytest.mark.parametrize("settings", [FIXED, ChannelSettings(sources=(1, 0, 2), low=1, high=98)])
@pytest.mark.parametrize("ending", ["tif", "png"])
def test_a_large_picture_is_rendered_in_rows_as_it_would_be_as_a_whole(tmp_path, settings, ending, monkeypatch):
    values = np.random.default_rng(3).integers(0, 65535, (1203, 1509, 3), np.uint16)
    path = tmp_path / f"large.{ending}"
    cv2.imwrite(str(path), values[:, :, ::-1])
    whole = render(values, settings)
    monkeypatch.setattr(strips, "LARGE", 1)
    monkeypatch.setattr(strips, "_AT_ONCE", 20_000)
    rows = list(upright_strips(path, (1203, 1509), settings))
    assert len(rows) > 20 and max(map(len, rows)) < 100, "no strip is the whole of it"
    assert np.array_equal(np.concatenate(rows), whole)
    assert np.array_equal(read_image(path, settings=settings), whole)


@pytest.mark.parametrize("settings", [ChannelSettings(), ChannelSettings(scale="values", low=0.0, high=9000.0)])
def test_a_huge_picture_with_settings_is_never_in_memory_as_a_whole(tmp_path, settings):
    path, side = tmp_path / "huge.tif", 8_000
    values = np.tile(np.arange(side, dtype=np.uint16), (side, 1))
    PIL.Image.fromarray(values).save(path, compression="tiff_adobe_deflate")
    step = sampling_step(values.shape)
    wanted = render(values[:1, :, None], settings, limits_of(values[::step, ::step, None], settings))[0]
    del values
    tracemalloc.start()
    try:
        small = small_picture(path, 256, (side, side), settings)
        pyramid = open_pyramid(path, (side, side), settings=settings)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 << 20, "its values alone are 122 MiB"
    assert np.array_equal(pyramid[0][5_000], wanted)
    assert np.abs(small[100, :, 0].astype(int) - cv2.resize(wanted[None], (256, 1))[0, :, 0]).max() < 16


def test_percentiles_are_those_of_each_picture(folder: Path):
    settings = ChannelSettings(sources=(0, 0, 0), low=0, high=100)
    picture = read_image(folder / "images" / "a.png", settings=settings)
    assert (picture.min(), picture.max()) == (0, 255)
    darkest = np.unravel_index(VALUES[:, :, 0].argmin(), VALUES.shape[:2])
    assert picture[darkest].tolist() == [0, 0, 0]


def test_without_a_choice_all_is_as_before_and_a_change_is_another_dataset(folder: Path):
    before = open_dataset(folder)
    assert before.channels is None
    channel_file.write(folder, FIXED)
    assert fingerprint(open_dataset(folder)) != fingerprint(before)
    channel_file.write(folder, None)
    assert fingerprint(open_dataset(folder)) == fingerprint(before)
    assert np.array_equal(open_dataset(folder).read_image(before.images[0]), before.read_image(before.images[0]))


def test_a_model_keeps_how_its_pictures_were_read(folder: Path):
    size = InputSpec(height=64, width=64, pad_value=0, mean=(0, 0, 0), std=(1, 1, 1))
    spec = ModelSpec("r", "rtmdet_inst", "", (ClassSpec(1, "cell"),), size, channels=FIXED)
    read = msgspec.json.decode(msgspec.json.encode(spec), type=ModelSpec)
    dataset = open_dataset(folder)
    assert np.array_equal(dataset.read_image_as(dataset.images[0], read.channels), expected(FIXED))


def test_what_is_exported_as_coco_keeps_them(folder: Path, tmp_path: Path):
    channel_file.write(folder, FIXED)
    write_coco(open_dataset(folder), tmp_path / "out")
    assert open_dataset(tmp_path / "out").channels == FIXED


@pytest.mark.parametrize("text", ["{", '{"low": 5, "high": 1}', '{"sources": [0, 1]}', '{"sources": [0, 1, 999]}'])
def test_a_file_that_cannot_be_read_is_told_and_does_no_harm(folder: Path, text: str):
    (folder / channel_file.FILE).write_text(text)
    dataset = open_dataset(folder)
    assert dataset.channels is None and any(problem.file == channel_file.FILE for problem in dataset.failed)
    with pytest.raises(UserError, match="holds no channels"):
        channel_file.read(folder)
    with pytest.raises(UserError, match="holds no channels"):
        channel_file.write(folder, FIXED)
    assert (folder / channel_file.FILE).read_text() == text, "it may be worth something"


def test_pictures_of_more_than_8_bits_are_known_by_their_headers(folder: Path, tmp_path: Path):
    cv2.imwrite(str(tmp_path / "plain.png"), np.zeros((4, 4, 3), np.uint8))
    cv2.imwrite(str(tmp_path / "deep.tif"), VALUES)
    found = {path.name: is_plain(path) for path in (*folder.rglob("*.png"), *tmp_path.glob("*.[pt]*"))}
    assert found == {"a.png": False, "gray.png": False, "plain.png": True, "deep.tif": False}
