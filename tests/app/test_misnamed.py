"""A folder in which a picture's name is not UTF-8 opens in the window, and the rest of it is shown."""

import os
import shutil
import sys

import pytest


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there all names are letters")
def test_a_folder_of_bare_pictures_opens_without_it(window, qtbot, dataset_folder, tmp_path):
    folder = tmp_path / "bare"
    shutil.copytree(dataset_folder / "images" / "val", folder)
    shutil.copy(folder / "val_01.png", folder / os.fsdecode(b"b\xff.png"))
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(folder)
    assert [image.file_name for image in window.document.dataset.images] == ["val_01.png", "val_02.png", "val_03.png"]
    for page in ("dataset", "annotate", "train", "home"):
        window.show_page(page)
        window.grab()
    assert any("not UTF-8" in problem.message for problem in window.document.dataset.problems)
