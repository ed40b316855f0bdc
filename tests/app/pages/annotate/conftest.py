"""The Annotate page in the real window, with a hand that draws in it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.pages.annotate import AnnotatePage


class Hand:
    """Real mouse and key events on the picture, in image pixels."""

    def __init__(self, page: AnnotatePage, qtbot) -> None:
        self.page, self.view, self._qtbot = page, page.stage.view, qtbot

    def at(self, x: float, y: float) -> QPoint:
        return self.view.viewport.to_widget(QPointF(x, y)).toPoint()

    def click(self, *places, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        for place in places:
            QTest.mouseMove(self.view, self.at(*place))
            QTest.mouseClick(self.view, Qt.MouseButton.LeftButton, modifier, self.at(*place))

    def drag(self, start, *places) -> None:
        QTest.mousePress(self.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(*start))
        for place in places:
            QTest.mouseMove(self.view, self.at(*place))
        QTest.mouseRelease(self.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, self.at(*places[-1]))

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.view, key, modifier)

    def box(self, left, top, right, bottom) -> None:
        self.page.tools.choose("box")
        self.drag((left, top), ((left + right) / 2, (top + bottom) / 2), (right, bottom))

    def turn(self, row: int) -> None:
        """Turn to an image and wait until it is in view."""
        with self._qtbot.waitSignal(self.page.stage.shown, timeout=10_000):
            self.page.footer.film.choose(row)

    def saved(self) -> None:
        """Save, and wait until the files have everything."""
        with self._qtbot.waitSignal(self.page.document.saver.saved, timeout=10_000):
            self.page.document.saver.save()


def train_file(folder: Path) -> Path:
    """Of ``dataset_folder``."""
    return folder / "annotations" / "instances_train.json"


def count(hand: Hand) -> int:
    """Instances of the image in view."""
    return len(hand.page.context.annotations)


@pytest.fixture
def annotate(window, qtbot):
    """Opens a dataset and shows its first image on the Annotate page."""

    def open_page(folder: Path) -> Hand:
        with qtbot.waitSignal(window.document.opened, timeout=10_000):
            window.document.open(folder)
        window.show_page("annotate")
        page = window.page
        qtbot.waitUntil(lambda: page.stage.view.picture is not None, timeout=10_000)
        qtbot.wait(50)
        return Hand(page, qtbot)

    return open_page


@pytest.fixture
def hand(annotate, dataset_folder) -> Hand:
    return annotate(dataset_folder)


@pytest.fixture
def classless(dataset_folder) -> Path:
    """The same images, with nothing in them and no class."""
    for file in (dataset_folder / "annotations").iterdir():
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | {"annotations": [], "categories": []}))
    return dataset_folder


def area(hand: Hand, place: int = -1) -> int:
    annotation = list(hand.page.context.annotations.values())[place]
    return int(np.count_nonzero(annotation.mask(hand.page.context.size).full()))
