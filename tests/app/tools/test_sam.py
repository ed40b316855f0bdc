"""SAM in a person's hand: with a model whose answers can be worked out, and real files, workers and mouse."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.tools.sam_session import SamDownload
from core.annotation.assist.sam import weights
from core.errors import UserError
from core.models.weights.published import PublicWeights
from tests.app.tools.bench import ALT, RIGHT
from tests.app.tools.conftest import square
from tests.core.annotation.assist.sam.pair import write_pair

DISC = (60, 60)
"""The middle of the bright disc of 50 pixels in the picture."""
FAR = square(130, 90, 10)


@pytest.fixture
def sam(make_bench, tmp_path, qtbot):
    """Takes the tool over the given instances, and waits until the picture is encoded."""
    write_pair(tmp_path / "home" / "weights" / "sam")

    def take(*segmentations, wait=True, **options):
        bench = make_bench(*segmentations)
        tool = bench.take("sam")
        for key, value in {"hover": False, **options}.items():
            tool.set_option(key, value)
        if wait:
            qtbot.waitUntil(lambda: tool.session.is_ready, timeout=10_000)
        return bench

    return take


@pytest.fixture
def settled(qtbot):
    """Waits for the answer to all steps."""

    def wait(bench):
        qtbot.waitUntil(lambda: bench.tool.session.is_ready and not bench.tool.session.asking.busy, timeout=10_000)

    return wait


def test_a_click_and_enter_make_an_instance_in_one_step(sam, settled):
    bench = sam()
    bench.click(DISC)
    assert bench.tool.busy() and not bench.instances
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    assert bench.steps == 1 and not bench.tool.busy()
    assert [annotation.category for annotation in bench.instances] == [1]
    assert bench.context.selection == frozenset(bench.context.annotations)
    pixels = bench.pixels()
    assert pixels[60, 60] and pixels.sum() > 1000 and not pixels[:, 100:].any()
    bench.editing.undo()
    assert not bench.instances


def test_enter_before_the_answer_keeps_it_once_it_is_there(sam, qtbot):
    bench = sam()
    bench.click(DISC)
    bench.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(bench.instances) == 1, timeout=5000)
    assert bench.pixels()[60, 60] and not bench.tool.busy()


def test_a_click_while_the_encoder_works_is_answered_when_it_is_done(sam, qtbot):
    bench = sam(wait=False)
    bench.click(DISC)
    assert any("looks at the picture" in message for message in bench.messages)
    bench.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(bench.instances) == 1, timeout=10_000)


@pytest.mark.parametrize("held, button", [(ALT, Qt.MouseButton.LeftButton), (Qt.KeyboardModifier.NoModifier, RIGHT)])
def test_right_click_and_alt_take_away_and_undo_takes_the_click_back(sam, settled, held, button):
    bench = sam()
    bench.click(DISC)
    settled(bench)
    bench.click((78, 60), held=held, button=button)
    settled(bench)
    assert bench.tool.undo()  # the page asks the tool first
    settled(bench)
    bench.click((78, 60), held=held, button=button)
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    assert not bench.pixels()[60, 75] and bench.pixels()[60, 45] and bench.steps == 1
    assert not bench.tool.undo()


def test_undo_gives_the_mask_of_before(sam, settled):
    bench = sam()
    bench.click(DISC)
    settled(bench)
    bench.click((75, 60), button=RIGHT)
    bench.tool.undo()
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    assert bench.pixels()[60, 75]


def test_a_drag_is_a_box_in_either_direction(sam, settled):
    bench = sam()
    for start, end in (((42, 45), (78, 75)), ((78, 75), (42, 45))):
        bench.drag(start, end)
        settled(bench)
        bench.key(Qt.Key.Key_Return)
    for place in (0, 1):
        rows, columns = np.nonzero(bench.pixels(place))
        assert (columns.min(), rows.min(), columns.max(), rows.max()) == (42, 45, 77, 74)


def test_a_double_click_accepts_and_is_no_click_of_its_own(sam, settled):
    bench = sam()
    bench.double_click(DISC)
    settled(bench)
    assert len(bench.instances) == 1 and bench.pixels()[60, 60]
    bench.drag((42, 45), (60, 75))
    settled(bench)
    bench.double_click((70, 60))
    settled(bench)
    assert len(bench.instances) == 2 and not bench.pixels()[:, 60:].any()


def test_two_quick_minus_clicks_are_two(sam, settled):
    bench = sam()
    bench.click(DISC)
    bench.double_click((78, 60), button=RIGHT)
    assert bench.tool.undo() and bench.tool.undo() and bench.tool.busy()
    settled(bench)


def test_escape_throws_away_another_tool_keeps_what_is_seen_and_on_another_image_it_waits(sam, settled, qtbot):
    bench = sam()
    bench.click(DISC)
    settled(bench)
    bench.key(Qt.Key.Key_Escape)
    assert not bench.tool.busy() and bench.steps == 0
    bench.click(DISC)
    settled(bench)
    seen = bench.tool.steps.latest.answer.mask
    bench.choose(1)
    assert not bench.tool.busy()
    bench.choose(0)
    assert bench.steps == 0 and bench.tool.busy()
    qtbot.waitUntil(lambda: bench.tool.steps.latest is not None, timeout=5000)
    assert (bench.tool.steps.latest.answer.mask.full() == seen.full()).all()
    bench.take("box")
    assert len(bench.instances) == 1


def test_a_minus_click_alone_says_what_to_do(sam):
    bench = sam()
    bench.click(DISC, button=RIGHT)
    assert not bench.tool.busy() and "First click on the object" in bench.messages[-1]


def test_clicks_beside_the_picture_are_none(sam):
    bench = sam()
    bench.click((-1, 20), (161, 20))
    assert not bench.tool.busy()


# Repair


def repairing(sam, *parts):
    bench = sam(list(parts), repair=True)
    bench.context.select(list(bench.context.annotations))
    return bench


def test_repair_changes_the_selected_instance_where_it_was_clicked(sam, settled):
    bench = repairing(sam, square(40, 50, 15), FAR)
    bench.click((70, 60))
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    pixels = bench.pixels()
    assert len(bench.instances) == 1 and bench.steps == 1
    assert pixels[60, 70] and pixels[55, 45] and pixels[95, 135], "what was not clicked stays, far parts too"
    bench.editing.undo()
    assert bench.instances[0].segmentation.parts == [square(40, 50, 15), FAR]


def test_repair_takes_away_and_refuses_what_is_locked(sam, settled):
    bench = repairing(sam, square(40, 40, 40))
    bench.context.locked = bench.context.selection
    bench.click((70, 60), button=RIGHT)
    assert "locked" in bench.messages[-1] and not bench.tool.busy()
    bench.context.locked = frozenset()
    bench.drag((50, 50), (60, 60))
    assert "Repair with clicks" in bench.messages[-1]
    bench.click((70, 60), button=RIGHT)
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    assert not bench.pixels()[60, 70] and bench.pixels()[42, 42] and bench.steps == 1


# What one sees


def test_what_lies_under_the_mouse_is_shown_before_a_click(sam, qtbot):
    bench = sam(hover=True)
    dark = bench.color_at(60, 60)
    bench.hover(DISC)
    qtbot.waitUntil(lambda: bench.color_at(60, 60) != dark, timeout=5000)
    assert not bench.tool.busy() and not bench.instances
    bench.tool.leave()
    assert bench.color_at(60, 60) == dark


def test_the_proposal_and_the_clicks_are_drawn(sam, settled):
    bench = sam()
    plain = bench.color_at(50, 60)
    bench.click(DISC)
    clicked = bench.color_at(58.5, 60.9)
    settled(bench)
    assert bench.color_at(50, 60) != plain and clicked[1] > clicked[0], "a green plus"


# Weights


def test_without_weights_it_says_so_and_works_once_they_are_there(make_bench, tmp_path, qtbot, settled):
    bench = make_bench()
    wanted = []
    from app.tools.sam import SamTool

    bench.tool = SamTool(bench.context)
    bench.tool.weights_wanted.connect(lambda: wanted.append(True))
    bench.view.set_tool(bench.tool)
    bench.tool.begin()
    assert wanted == [True] and "no weights" in bench.messages[-1]
    bench.click(DISC)
    assert len(wanted) == 2 and not bench.tool.busy()
    bench.tool.session.use(write_pair(tmp_path / "elsewhere"))
    bench.tool.weights_changed()
    bench.click(DISC)
    settled(bench)
    bench.key(Qt.Key.Key_Return)
    assert len(bench.instances) == 1


def test_files_that_are_no_sam_are_named(sam, tmp_path, qtbot):
    (tmp_path / "home" / "weights" / "sam" / "tell.onnx").write_text("hello")
    bench = sam(wait=False)
    with qtbot.waitSignal(bench.tool.weights_wanted, timeout=10_000):
        bench.click(DISC)
    assert "tell.onnx is not an OpenVINO or ONNX model" in bench.messages[-1] and not bench.tool.busy()


def test_the_next_picture_is_looked_at_after_the_one_in_view(sam, qtbot):
    bench = sam(wait=False)
    order, read = [], threading.Event()
    bench.tool.session.ready.connect(lambda: order.append("in view"))

    def next_picture():
        order.append("next")
        read.set()
        return np.zeros((120, 160, 3), np.uint8)

    bench.tool.session.prefetch(next_picture)
    qtbot.waitUntil(read.is_set, timeout=10_000)
    assert order == ["in view", "next"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words):
        pass


@pytest.fixture
def published(tmp_path, monkeypatch):
    folder = write_pair(tmp_path / "published")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        pair = tuple(PublicWeights(name, f"{address}/{name}", sha256, "") for name, sha256 in sorted(hashes.items()))
        monkeypatch.setattr(weights, "PUBLIC", pair)
        yield
        server.shutdown()


def test_weights_are_downloaded_with_progress(published, qtbot):
    download, seen = SamDownload(), []
    download.progressed.connect(lambda *values: seen.append(values))
    with qtbot.waitSignal(download.done, timeout=10_000):
        download.start()
    assert weights.present() and not download.busy
    assert next(name for name, *_ in seen) == "Getting see.onnx"


def test_a_download_that_fails_says_why(monkeypatch, qtbot):
    pair = tuple(PublicWeights("SAM", f"http://127.0.0.1:9/{name}.onnx", "00", "") for name in ("sam", "decoder"))
    monkeypatch.setattr(weights, "PUBLIC", pair)
    download = SamDownload()
    with qtbot.waitSignal(download.failed, timeout=10_000) as failed:
        download.start()
    assert isinstance(failed.args[0], UserError) and "sam.onnx" in failed.args[0].hint


def test_a_download_can_be_stopped(published, qtbot):
    download = SamDownload()
    with qtbot.assertNotEmitted(download.done, wait=300):
        download.start()
        download.stop()
    assert not download.busy
