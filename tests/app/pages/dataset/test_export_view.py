"""Exporting the open dataset from the window."""

from pathlib import Path

import pytest

from core.dataset import open_dataset
from core.execution import process
from core.runs.command import compose
from tests.app.pieces import UNTIL_ASKED, child, texts


@pytest.fixture
def exporting(make_window, dataset_folder: Path, qtbot):
    """Opens the dataset and shows the view; the window and the view."""

    def show(spawn=process.start):
        window = make_window(spawn=spawn)
        with qtbot.waitSignal(window.document.opened):
            window.document.open(dataset_folder)
        window.show_page("dataset")
        page = window.page
        qtbot.waitUntil(lambda: page.views.isVisible() and page._index is not None)
        page.show_view("export")
        view = page._stack.currentWidget()
        qtbot.waitUntil(view.export.isEnabled)
        return window, view

    return show


def test_the_dataset_is_written_in_the_chosen_format_with_the_chosen_splits(exporting, dataset_folder: Path, qtbot):
    _, view = exporting()
    view.formats["yolo"].click()
    qtbot.waitUntil(lambda: any("crowd region becomes" in text for text in texts(view)))
    assert view.place.text() == str(dataset_folder.parent / "bench (YOLO)")
    view.splits["train"].click()
    view.copy.click()
    assert "--only-split val" in compose(view.job()) and "--pictures copy" in compose(view.job())
    view.export.click()
    assert not view.export.isEnabled() and view.bar.stop.isVisible()
    qtbot.waitUntil(lambda: view.result.isVisible())
    assert any("3 images are in" in text for text in texts(view))
    made = dataset_folder.parent / "bench (YOLO)"
    assert (made / "data.yaml").is_file() and len(list(made.rglob("images/*/*"))) == 3
    assert view.place.text() == f"{made} 2", "what is there is not written over"


def test_without_a_split_there_is_nothing_to_export(exporting):
    _, view = exporting()
    for box in view.splits.values():
        box.click()
    assert not view.export.isEnabled() and "Choose a split, and a folder." in texts(view)


def test_a_stopped_export_can_be_taken_up_again_in_the_same_place(exporting, qtbot, tmp_path):
    _, view = exporting(spawn=child(UNTIL_ASKED))
    view.place.setText(str(tmp_path / "mine"))
    view.place.textEdited.emit(view.place.text())
    view.export.click()
    view.bar.stop.click()
    qtbot.waitUntil(view.export.isEnabled)
    assert any("go on where it was" in text for text in texts(view)) and view.job().output == str(tmp_path / "mine")


def test_a_folder_that_cannot_be_made_is_said(exporting, dataset_folder: Path, qtbot):
    _, view = exporting()
    view.place.setText(str(dataset_folder / "inside"))
    view.export.click()
    qtbot.waitUntil(lambda: view.result.isVisible())
    assert any("lies in the dataset that is read" in text for text in texts(view))
    assert open_dataset(dataset_folder).images and not (dataset_folder / "inside").exists()


def test_the_images_that_the_gallery_shows_become_a_dataset(exporting, dataset_folder: Path, qtbot):
    window, view = exporting()
    page = window.page
    page.show_view("images")
    line = page.filters._classes[1]
    line.click()
    kept = {row.image.file_name for row in page.gallery.model.rows}
    assert 0 < len(kept) < len(page._index.rows)
    page.gallery.export.click()
    assert view.isVisible() and any(f"{len(kept)} of {len(page._index.rows)} images" in text for text in texts(view))
    assert f"--only-class {line.text()}" in compose(view.job()) and not view._splits_section.isVisible()
    made = Path(view.place.text())
    assert made == dataset_folder.parent / "bench (part)"
    qtbot.waitUntil(view.export.isEnabled)
    view.export.click()
    qtbot.waitUntil(lambda: view.result.isVisible())
    assert {image.file_name for image in open_dataset(made).images} == kept
    view.all_images.click()
    assert view._splits_section.isVisible() and "--only" not in compose(view.job())


def test_several_selected_images_become_a_dataset(exporting, qtbot):
    window, view = exporting()
    page = window.page
    page.show_view("images")
    page.gallery.view.selectAll()
    page.gallery.view.selectionModel().select(
        page.gallery.model.index(0, 0), page.gallery.view.selectionModel().SelectionFlag.Deselect
    )
    chosen = page.gallery.chosen()
    page.gallery.export_requested.emit()
    assert view.job().only_image == tuple(f"{image.split}/{image.file_name}" for image in chosen)
    assert len(chosen) == len(page._index.rows) - 1
