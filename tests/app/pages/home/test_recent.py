"""Cards of datasets that were open before."""

import shutil

import pytest
from PySide6.QtWidgets import QLabel

from app.pages.home.recent import card_names
from app.settings.settings import Recent


def recent(path: str, name: str = "fruits") -> Recent:
    return Recent(path=path, name=name, images=1, instances=2, classes=3, opened=4.0)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/data/fruits"], ["fruits"]),
        (["/data/2023/fruits", "/data/2024/fruits"], ["fruits (2023)", "fruits (2024)"]),
        (["/mine/photos/fruits", "/yours/photos/fruits"], ["fruits (mine)", "fruits (yours)"]),
        (["/data/fruits", "/data/old/fruits"], ["fruits (data)", "fruits (old)"]),
        (["/fruits", "/old/fruits"], ["fruits (/)", "fruits (old)"]),
        (["/a/1/fruits", "/a/2/fruits", "/b/1/fruits"], ["fruits (a/1)", "fruits (2)", "fruits (b/1)"]),
        (["/fruits/train.json", "/fruits/val.json"], ["fruits (train.json)", "fruits (val.json)"]),
    ],
)
def test_datasets_of_one_name_are_told_apart_by_what_differs_in_their_paths(paths, names):
    assert list(card_names([recent(path) for path in paths]).values()) == names
    others = card_names([recent("/elsewhere/nuts", "nuts"), *map(recent, paths)])
    assert list(others.values()) == ["nuts", *names]


def test_cards_of_two_folders_of_one_name_are_called_differently(make_window, dataset_folder, tmp_path, qtbot):
    window = make_window()
    for year in ("2023", "2024"):
        folder = shutil.copytree(dataset_folder, tmp_path / year / "fruits")
        with qtbot.waitSignal(window.document.opened, timeout=10_000):
            window.document.open(folder)
    window.show_page("home")

    def names() -> set[str]:
        return {label.text() for label in window.page.recent.findChildren(QLabel) if label.isVisible()}

    qtbot.waitUntil(lambda: {"fruits (2023)", "fruits (2024)"} <= names(), timeout=5000)
