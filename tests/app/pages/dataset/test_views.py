"""The views beside the images of the Dataset page."""

import gc
import shutil
import weakref

from app.pages.dataset.views import VIEWS


def test_a_dataset_is_let_go_of_once_another_one_is_open(window, dataset_folder, tmp_path, qtbot):
    """Whatever showed it: one may be of a hundred thousand images."""
    window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: window.page.title == "Dataset" and window.page.gallery.model.rowCount() == 15)
    page = window.page
    known = weakref.ref(window.document.dataset)
    page.open_image(page.gallery.choose(1))
    qtbot.waitUntil(lambda: page.viewer.view.picture is not None)
    page.close_image()
    for entry in VIEWS:
        page.show_view(entry.key)
    shown = page._made
    qtbot.waitUntil(lambda: shown["statistics"].found is not None and shown["splits"]._proposal is not None)
    shutil.copytree(dataset_folder, tmp_path / "second")
    page.show_view("compare")
    shown["compare"].compare_with(tmp_path / "second")
    qtbot.waitUntil(shown["compare"].table.isVisible)
    shown["compare"].open.click()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(tmp_path / "second")
    qtbot.waitUntil(lambda: page._index is not None and page._index.dataset is window.document.dataset)

    def is_gone() -> bool:
        gc.unfreeze()  # what a document holds is left out of collections
        gc.collect()
        return known() is None

    qtbot.waitUntil(is_gone)
