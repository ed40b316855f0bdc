"""The canvas with a tool over a real draft."""

import json

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.document.editing import Editing
from app.threads import workers
from app.tools.commands import bind_tool
from app.tools.tool_context import ToolContext
from app.tools.tool_view import ToolView
from core.annotation.editing.draft import Draft
from core.dataset import open_dataset
from tests.app.tools.bench import SIZE, Bench


class Kept(list):
    """A journal in memory."""

    def append(self, edit, step="do"):
        super().append(edit)


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


@pytest.fixture
def make_dataset(tmp_path):
    """Two images of 160 × 120: a dark one with a bright disc, and one of noise; the first has the given instances."""

    def make(*segmentations, classes=("nut", "bolt")):
        folder = tmp_path / "data"
        folder.mkdir()
        disc = np.full((*SIZE, 3), 40, np.uint8)
        cv2.circle(disc, (60, 60), 25, (60, 180, 220), -1)
        cv2.imwrite(str(folder / "1.png"), disc)
        cv2.imwrite(str(folder / "2.png"), np.random.default_rng(0).integers(0, 255, (*SIZE, 3), np.uint8))
        images = [{"id": id, "file_name": f"{id}.png", "width": SIZE[1], "height": SIZE[0]} for id in (1, 2)]
        annotations = [
            {"id": id, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": shape}
            for id, shape in enumerate(segmentations, 1)
        ]
        categories = [{"id": id, "name": name} for id, name in enumerate(classes, 1)]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (folder / "instances.json").write_text(json.dumps(content))
        return open_dataset(folder)

    return make


@pytest.fixture
def make_bench(qtbot, make_dataset, settings):
    """A view of the first image at 400 %, with the given instances; the first class is the current one."""

    def make(*segmentations, classes=("nut", "bolt")) -> Bench:
        editing = Editing()
        view = ToolView(ToolContext(editing))
        qtbot.addWidget(view)
        view.resize(700, 520)
        view.show()
        qtbot.waitExposed(view)
        bind_tool(settings.shortcuts, view, Qt.ShortcutContext.WidgetShortcut, view)
        view.activateWindow()
        view.setFocus()
        qtbot.waitUntil(view.hasFocus, timeout=5000)
        editing.begin(Draft(make_dataset(*segmentations, classes=classes), Kept()))
        bench = Bench(view, editing)
        bench.choose(0)
        bench.context.choose_category(1 if classes else None)
        return bench

    yield make
    assert workers.finish(10_000)


@pytest.fixture
def bench(make_bench) -> Bench:
    """Without instances."""
    return make_bench()
