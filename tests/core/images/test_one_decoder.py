"""Gallery, canvas, training and inference see the same pixels of a picture, whatever its file is and however it is
read: at once or by rows, whole or as a level of a pyramid."""

import json

import numpy as np
import pytest

from app.canvas.picture import open_at_once
from core.dataset import open_dataset
from core.images import pyramids, strips
from core.images.thumbnails import small_picture
from core.inference.predict import predict_images
from core.recipes.catalogue import find
from core.runs.control import never
from core.training.data.items import TrainingItem
from core.training.data.sources import Sources
from tests.core.images.picture_files import encoded, every_kind, pixels, tiff
from tests.core.inference.test_predict import Centre

SIZE = (40, 60)
KINDS = every_kind() | {
    "deep tiles.tif": tiff(pixels().astype(np.uint16) * 16, tile=16),
    "opacity.tif": tiff(np.dstack([pixels(), pixels()[:, :, 0]]), extra=(2,), tile=16),
    "cmyk.tif": tiff(np.dstack([pixels(), pixels()[:, :, 0]]), photometric=5),
    "five.tif": tiff(np.dstack([pixels(), pixels()[:, :, :2]]), photometric=1, extra=(0,) * 4),
    "five planes.tif": tiff(np.dstack([pixels(), pixels()[:, :, :2]]), photometric=1, extra=(0,) * 4, planar=True),
    "opacity.webp": encoded("WEBP", np.dstack([pixels(), pixels()[:, :, 0]]), lossless=True),
}


class Looking(Centre):
    """Keeps what it is shown."""

    def __init__(self):
        self.seen = []

    def predict(self, image):
        self.seen.append(image.copy())
        return super().predict(image)


def on_canvas(dataset, image):
    """The pixels that the canvas shows, of a huge picture once it was made ready."""
    if (opened := open_at_once(dataset, image)) is None:
        pyramids.open_pyramid(dataset.image_path(image), (image.height, image.width))
        opened = open_at_once(dataset, image)
    return opened[0]


@pytest.mark.parametrize("name", KINDS)
def test_whoever_looks_sees_the_same_pixels(tmp_path, monkeypatch, name):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / name).write_bytes(KINDS[name])
    content = {"images": [{"id": 1, "file_name": name, "width": SIZE[1], "height": SIZE[0]}], "annotations": []}
    (folder / "instances.json").write_text(json.dumps(content | {"categories": [{"id": 1, "name": "thing"}]}))
    dataset = open_dataset(folder)
    (image,), path = dataset.images, folder / name

    def looks():
        model = Looking()
        predict_images(model, [path], tmp_path / "out", 0.5, lambda event: None, never)
        return {
            "canvas": on_canvas(dataset, image),
            "gallery": small_picture(path, max(SIZE), SIZE),
            "training": Sources(dataset, [TrainingItem(image)], find("rtmdet_inst_tiny"))[0].picture,
            "inference": model.seen[0],
        }

    usual = looks()
    for room in (pyramids, strips):
        monkeypatch.setattr(room, "LARGE", 100)
    monkeypatch.setattr(strips, "_AT_ONCE", 420)
    huge = looks()
    for who, seen in (usual | {f"{who}, huge": seen for who, seen in huge.items()}).items():
        assert np.array_equal(seen, usual["training"]), who
