"""Huge pictures on the Annotate page: seen and drawn on at once, sharp when they are ready, never a blank screen."""

import json
import shutil
import time

import cv2
import numpy as np
import PIL.Image
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QAbstractButton

from app.threads import workers
from core.images import disk_cache, pyramids, strips, vips

SIZE = (1100, 1500)
CORNERS = {(100, 100): (200, 30, 30), (1400, 100): (30, 200, 30), (100, 1000): (30, 30, 200), (1400, 1000): (9, 9, 9)}
"""What color lies around which place, ``x, y``."""


@pytest.fixture(autouse=True)
def small_is_huge(monkeypatch):
    """So that a test takes a second; of strips of a few rows making one ready takes long enough to be watched."""
    monkeypatch.setattr(pyramids, "LARGE", 1_000_000)
    monkeypatch.setattr(strips, "_AT_ONCE", 4 * SIZE[1])
    monkeypatch.setattr(strips, "LARGE", 1_000_000)


@pytest.fixture
def slow_reading(monkeypatch):
    """Reading a picture takes a second and a half, however fast or busy the machine is."""
    read = vips.value_strips

    def slowly(*given):
        for strip in read(*given):
            time.sleep(0.005)
            yield strip

    monkeypatch.setattr(vips, "value_strips", slowly)


@pytest.fixture
def make(tmp_path):
    """Writes a dataset of huge pictures with these names; the first is ``a``."""

    def write(*names):
        folder = tmp_path / "huge"
        folder.mkdir()
        quarters = np.array(list(CORNERS.values()), np.uint8).reshape(2, 2, 3)
        picture = PIL.Image.fromarray(cv2.resize(quarters, SIZE[::-1], interpolation=cv2.INTER_NEAREST))
        for name in names:
            picture.save(folder / name, **({"tiffinfo": {278: 1}} if name.endswith("tif") else {}))
        images = [
            {"id": id, "file_name": name, "width": SIZE[1], "height": SIZE[0]} for id, name in enumerate(names, 1)
        ]
        content = {"images": images, "annotations": [], "categories": [{"id": 1, "name": "thing"}]}
        (folder / "instances.json").write_text(json.dumps(content))
        return folder

    return write


def ready(hand):
    return hand.page.context.pixels is not None


def color(hand, x, y):
    place = hand.at(x, y)
    return hand.view.grab().toImage().pixelColor(place).getRgb()[:3]


def near(one, other):
    return np.abs(np.subtract(one, other)).max() <= 6


def note(hand):
    return hand.page.stage.note.accessibleName() if hand.page.stage.note.isVisible() else ""


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.tif"])
def test_it_is_seen_and_drawn_on_at_once_and_gets_sharp_without_a_jump(make, annotate, qtbot, slow_reading, name):
    hand = annotate(make(name))
    assert not ready(hand) and "Making the picture ready" in note(hand)
    hand.view.zoom_by(2)
    hand.box(300, 300, 600, 500)
    looked, (drawn,) = hand.view.viewport, hand.page.context.annotations.values()
    qtbot.waitUntil(lambda: ready(hand), timeout=10_000)
    assert hand.view.viewport == looked and note(hand) == ""
    assert list(hand.page.context.annotations.values()) == [drawn]
    hand.view.fit()
    assert all(near(color(hand, *place), wanted) for place, wanted in CORNERS.items())


@pytest.mark.parametrize("name", ["a.jpg", "a.tif"])
def test_all_of_it_is_seen_long_before_it_is_ready(make, annotate, qtbot, slow_reading, name):
    hand = annotate(make(name))
    qtbot.waitUntil(lambda: near(color(hand, 1400, 1000), CORNERS[1400, 1000]), timeout=10_000)
    assert near(color(hand, 100, 100), CORNERS[100, 100]) and not ready(hand)


def test_a_png_is_seen_from_the_top_as_it_comes_with_real_progress(make, annotate, qtbot, slow_reading):
    hand = annotate(make("a.png"))
    qtbot.waitUntil(lambda: near(color(hand, 100, 100), CORNERS[100, 100]), timeout=10_000)
    assert not ready(hand) and not near(color(hand, 1400, 1000), CORNERS[1400, 1000])
    shares = []
    hand.page.stage.loader.progressed.connect(lambda image, share: shares.append(share))
    qtbot.waitUntil(lambda: ready(hand), timeout=10_000)
    assert shares == sorted(shares) and all(0 < share <= 1 for share in shares)


def test_leaving_it_ends_the_work_and_leaves_nothing_behind(make, annotate, qtbot, slow_reading):
    hand = annotate(make("a.png", "b.png", "c.png"))
    hand.page.footer.film.choose(2)
    qtbot.waitUntil(
        lambda: hand.page.stage.loader.pyramids.image is hand.page.editing.draft.dataset.images[2], timeout=5000
    )
    qtbot.waitUntil(lambda: ready(hand), timeout=10_000)
    hand.page.stage.clear()
    assert workers.finish(5000)
    assert len(list(disk_cache.folder("pyramids").iterdir())) == 1, "only what was waited for"


def test_the_next_one_is_made_ready_meanwhile_and_turning_to_it_goes_on(make, annotate, qtbot, slow_reading):
    hand = annotate(make("a.png", "b.png"))
    loader, second = hand.page.stage.loader, hand.page.editing.draft.dataset.images[1]

    def begun(image, share):
        return image is second and share > 0.01

    with qtbot.waitSignal(loader.progressed, check_params_cb=begun, timeout=20_000):
        pass
    hand.turn(1)
    assert loader.pyramids.image is second and loader.pyramids.share > 0.01 and "%" in note(hand)
    qtbot.waitUntil(lambda: ready(hand), timeout=10_000)


def test_one_that_is_broken_in_the_middle_stays_coarse_with_a_reason(make, annotate, qtbot):
    folder = make("a.png")
    with PIL.Image.open(folder / "a.png") as picture:
        picture.save(folder / "a.png", compress_level=0)
    data = (folder / "a.png").read_bytes()
    (folder / "a.png").write_bytes(data[: len(data) * 2 // 3])
    hand = annotate(folder)
    qtbot.waitUntil(lambda: "a.png is broken" in note(hand), timeout=10_000)
    assert near(color(hand, 100, 100), CORNERS[100, 100]), "what could be read is seen"
    hand.box(300, 300, 600, 500)
    assert len(hand.page.context.annotations) == 1
    hand.page.tools.choose("wand")
    hand.click((100, 100))
    assert len(hand.page.context.annotations) == 1 and not hand.page.tools.current.busy()


def test_a_full_disk_is_named_and_trying_again_helps(make, annotate, qtbot, monkeypatch):
    monkeypatch.setattr(pyramids, "IN_MEMORY", 0)
    full = shutil.disk_usage("/")._replace(free=0)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda folder: full)
        hand = annotate(make("a.jpg"))
        qtbot.waitUntil(lambda: "cannot be made ready" in note(hand), timeout=10_000)
    assert near(color(hand, 1400, 1000), CORNERS[1400, 1000])
    (again,) = (button for button in hand.page.stage.note.findChildren(QAbstractButton) if button.isVisible())
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: ready(hand) and note(hand) == "", timeout=10_000)


def test_the_dataset_page_shows_one_coarse_too_and_says_how_far_it_is(make, window, qtbot, slow_reading):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(make("a.png"))
    window.show_page("dataset")
    page = window.page
    qtbot.waitUntil(lambda: page.gallery.model.place(0) is not None, timeout=10_000)
    page.open_image(window.document.dataset.images[0])
    view = page.viewer.view
    qtbot.waitUntil(lambda: "Making the picture ready" in page.viewer.note.accessibleName(), timeout=10_000)
    assert page.viewer.note.isVisible() and view.picture is not None
    qtbot.waitUntil(page.viewer.note.isHidden, timeout=20_000)
    place = view.viewport.to_widget(QPointF(1400, 1000)).toPoint()
    assert near(view.grab().toImage().pixelColor(place).getRgb()[:3], CORNERS[1400, 1000])
