"""How large pixels are stands in the entry of an image, survives a save, and comes from the file where it does not."""

import json

import pytest

from core.annotation.editing.edits import inverse
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from core.dataset.scale import pixel_size
from core.images.pixel_size import PixelSize
from tests.core.annotation.edits import scale
from tests.core.dataset.builders import annotation, coco, image
from tests.core.images.test_pixel_size import write_tiff


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    folder = tmp_path / "set"
    (folder / "annotations").mkdir(parents=True)
    for name in ("a", "b"):
        write_tiff(folder / f"{name}.tif", 2, text="ImageJ=1.54f\nunit=um\n")
    sizes = [{"value": 3.0, "unit": "nm"}, {"value": -1, "unit": "nm"}, {"value": 1, "unit": "parsec"}, "1 nm"]
    images = [image(1, "a.tif"), image(2, "b.tif", own=7)]
    images += [image(3 + number, f"{number}.png", pixel_size=size) for number, size in enumerate(sizes)]
    content = coco(images, [annotation(1)])
    (folder / "annotations" / "instances_default.json").write_text(json.dumps(content))
    return folder


def sizes(folder):
    dataset = open_dataset(folder)
    return [pixel_size(dataset, image) for image in dataset.images]


def test_the_entry_goes_before_the_file_and_what_cannot_be_is_none(folder):
    assert sizes(folder) == [PixelSize(0.5, "µm"), PixelSize(0.5, "µm"), PixelSize(3.0, "nm"), None, None, None]


def test_what_was_measured_is_taken_back_or_away(folder):
    opened, whole = open_draft(open_dataset(folder)), sizes(folder)
    edits = [scale(opened.draft, 2, None), scale(opened.draft, 1, PixelSize(0.65, "µm"))]
    for edit in edits:
        opened.draft.apply(edit)
    save(opened.draft.snapshot(), opened.journal)
    assert sizes(folder)[1:3] == [PixelSize(0.65, "µm"), None]
    for edit in edits:
        opened.draft.apply(inverse(edit), "undo")
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    assert sizes(folder) == whole


def test_what_a_person_measured_is_saved_with_the_entry_and_edits_go_on(folder):
    opened = open_draft(open_dataset(folder))
    opened.draft.apply(scale(opened.draft, 1, PixelSize(0.65, "µm")))
    opened.draft.apply(scale(opened.draft, 3, PixelSize(2.0, "mm")))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    assert sizes(folder)[:4] == [
        PixelSize(0.5, "µm"),
        PixelSize(0.65, "µm"),
        PixelSize(3.0, "nm"),
        PixelSize(2.0, "mm"),
    ]
    entry = json.loads((folder / "annotations" / "instances_default.json").read_text())["images"][1]
    assert entry["pixel_size"] == {"value": 0.65, "unit": "µm"} and entry["own"] == 7
