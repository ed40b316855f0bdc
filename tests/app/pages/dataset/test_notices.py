"""What the open dataset lacks is said over its images, and mended from there."""

import json
from pathlib import Path

import pytest

from core.dataset import open_dataset
from core.execution import process
from tests.app.pieces import texts


@pytest.fixture
def boxed(dataset_folder: Path) -> Path:
    """The dataset with boxes alone: no nut has a mask any more."""
    for file in dataset_folder.rglob("*.json"):
        content = json.loads(file.read_text())
        for each in content["annotations"]:
            if not each.get("iscrowd"):
                del each["segmentation"]
        file.write_text(json.dumps(content))
    return dataset_folder


def test_masks_are_made_of_boxes_in_one_job_and_accepted_on_the_annotate_page(make_window, boxed: Path, qtbot):
    window = make_window(spawn=process.start)
    with qtbot.waitSignal(window.document.opened):
        window.document.open(boxed)
    window.show_page("dataset")
    notices = window.page.notices
    qtbot.waitUntil(notices.boxes.isVisible)
    before = open_dataset(boxed)
    alone = sum(each.segmentation is None for image in before.images for each in before.instances(image))
    assert f"{alone} instances have only a box." in texts(notices) and not notices.by_sam.isVisible()
    notices.by_grab_cut.click()
    bar = window.page.suggestions
    qtbot.waitUntil(lambda: bar.isVisible() and bool(bar.list.drawn))
    bar.slider.setValue(10)
    bar.everywhere.click()
    qtbot.waitUntil(lambda: not bar.list.accepting and not bar.list.shown and not bar.list.elsewhere())
    with qtbot.waitSignal(window.document.saver.saved):
        window.document.saver.save()
    after = open_dataset(boxed)
    assert len(after.images) == len(before.images)
    assert after.class_counts().tolist() == before.class_counts().tolist(), "no instance has come"
    assert all(each.segmentation is not None for image in after.images for each in after.instances(image))
