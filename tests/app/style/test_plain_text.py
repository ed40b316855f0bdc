"""Names are text in the window: nothing that a file, a class or a run is called is taken for HTML or for a key."""

import ast
import json
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, Qt, QTextDocument
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLabel, QMenu, QWidget

from app.style.format import caption, tool_tip
from app.widgets import ElidedLabel
from core.jobs import EvaluateJob
from core.recipes.model_spec import ClassSpec
from core.runs import events
from core.runs.command import compose
from tests.app.pieces import make_run, plan, spec, step, train_job, validation

APP = Path(__file__).parents[3] / "app"
NAME = "<img src=probe.png><b>R&D\x1b[31m\u202e"
"""What a file may be called; Qt would show a picture and a bold “RD”, and Alt+D would press it."""


@pytest.mark.parametrize("name", ["plain.png", "a < b", "R&D", NAME, "<b>", "&lt;b>", "<br", "a\n<i>b</i>\n c"])
def test_a_tooltip_shows_each_letter(name):
    tip = tool_tip(name)
    shown = tip
    if Qt.mightBeRichText(tip):
        document = QTextDocument()
        document.setHtml(tip)
        shown = document.toPlainText().replace("\xa0", " ")
    assert shown == name.replace("\x1b", r"\x1b").replace("\u202e", r"\u202e")


def test_a_label_of_one_line_stays_one_line(qtbot):
    label, written_out = ElidedLabel("new\nline\u202egnp.png"), ElidedLabel(r"new\nline\u202egnp.png")
    for each in (label, written_out):
        qtbot.addWidget(each)
        each.resize(300, 20)
    assert label.grab().toImage() == written_out.grab().toImage()


def test_a_caption_has_no_key():
    assert caption("R&D & Co\n") == r"R&&D && Co\n"


_TIPS = {"setToolTip": 0, "showText": 1}
"""Which argument is the text."""


def test_every_tooltip_is_a_sentence_of_ours_or_goes_through_the_one_function():
    wanting = []
    for file in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") in _TIPS
                and not _safe(node.args[_TIPS[node.func.attr]])
            ):
                wanting.append(f"{file.relative_to(APP)}:{node.lineno}")
    assert not wanting, "setToolTip(tool_tip(…))"


def _safe(argument: ast.expr) -> bool:
    match argument:
        case ast.IfExp():
            return _safe(argument.body) and _safe(argument.orelse)
        case ast.Call(func=ast.Name(id="tool_tip")) | ast.Constant():
            return True
        case ast.Call(func=ast.Name(id="tr"), args=[ast.Constant()], keywords=[]):
            return True
    return False


def test_no_widget_that_takes_text_for_html_is_used_directly():
    html = (
        "QLabel(",
        "QMessageBox",
        "QTextEdit",
        "QTextBrowser",
        "QErrorMessage",
        "QWhatsThis",
        "setHtml",
        "appendHtml",
    )
    html += (
        "setWhatsThis",
        "QProgressDialog",
        "QInputDialog",
        "QSystemTrayIcon",
        "setStatusTip",
        "setStatusTip",
        "html=",
    )
    used = {
        f"{file.relative_to(APP)}: {word}"
        for file in APP.rglob("*.py")
        for word in html
        if word in file.read_text(encoding="utf-8") and file.name != "labels.py"
    }
    assert not used


@pytest.fixture
def hostile(tmp_path, dataset_folder, settings) -> Path:
    """A dataset and runs with that name wherever one can be given."""
    folder = dataset_folder.rename(tmp_path / NAME)
    for split in ("train", "val"):
        for image in (folder / "images" / split).iterdir():
            image.rename(image.with_name(NAME + image.name))
        file = folder / "annotations" / f"instances_{split}.json"
        content = json.loads(file.read_text())
        for image in content["images"]:
            image["file_name"] = NAME + image["file_name"]
        for category in content["categories"]:
            category["name"] = NAME + category["name"]
        content["annotations"].append({"id": NAME, "image_id": 1, "category_id": NAME, "segmentation": NAME})
        file.write_text(json.dumps(content))
    _runs(settings.runs_folder, folder)
    return folder


def _runs(runs: Path, dataset: Path) -> None:
    """A training that is done, one that failed and an evaluation."""
    job = train_job(dataset)
    losses = msgspec.structs.replace(step(1), losses={"total": 1.0, NAME: 1.0})
    found = msgspec.structs.replace(validation(1, 0.5), per_class={NAME: 0.5})
    planned = msgspec.structs.replace(plan(), device=NAME, precision=NAME)
    said = planned, losses, found, events.Warning(message=NAME, hint=NAME), events.Log(message=NAME)
    ends = events.Done(summary={NAME: NAME}), events.Failed(message=NAME, hint=NAME, traceback=NAME)
    classes = tuple(ClassSpec(id=number, name=NAME + str(number)) for number in (1, 2))
    for end in ends:
        run = make_run(runs, job, events.Stage(name=NAME), *said, end, model=True)
        run.model.write_bytes(msgspec.json.encode(msgspec.structs.replace(spec(), classes=classes)))
        file = msgspec.structs.replace(run.read_job(), command="maskwright; calc", versions={NAME: NAME})
        run.write_job(file)
        run.log.write_text(NAME)
        run.path.rename(run.path.with_name(f"{NAME} {type(end).__name__}"))
    make_run(runs, EvaluateJob(model=str(runs / NAME), dataset=str(dataset)), events.Failed(message=NAME))


def test_nothing_in_the_window_takes_a_name_for_more(window, hostile, qtbot):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(hostile)
    seen: set[str] = set()
    for page in ("home", "dataset", "annotate", "train", "evaluate", "deploy"):
        window.show_page(page)
        qtbot.wait(300)  # lists and pictures arrive from threads
        if page == "dataset":
            window.page.open_image(window.document.dataset.images[0])
        if page == "train":
            window.page.list.setCurrentIndex(window.page.runs.index(0))
            qtbot.wait(300)
        seen |= _examine(window)
        assert any("<img" in text for text in seen), f"{page} shows no name: this test looks at nothing"


def _examine(window: QWidget) -> set[str]:
    """Look at all that the window shows or would show; the texts that are shown as they are."""
    texts = set()
    for widget in window.findChildren(QWidget):
        _check_tip(widget.toolTip(), widget)
        if isinstance(widget, QLabel):
            assert widget.textFormat() == Qt.TextFormat.PlainText or not widget.text(), widget.text()
            texts.add(widget.text())
        if isinstance(widget, QAbstractButton) and "R&" in widget.text().replace("&&", ""):
            assert widget.shortcut().isEmpty(), widget.text()
        if isinstance(widget, QMenu):
            widget.aboutToShow.emit()
            for action in widget.actions():
                assert "&" not in action.text().replace("&&", ""), action.text()
                assert not widget.toolTipsVisible(), "Qt makes them of the texts of actions"
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for row in range(model.rowCount()):
                _check_tip(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole) or "", model)
    return texts


def _check_tip(tip: str, owner: QObject) -> None:
    assert "<img" not in tip, f"{owner}: {tip}"


def test_the_command_of_a_run_is_made_from_its_job_and_not_read_from_its_file(window, hostile, qtbot):
    window.show_page("train")
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() > 1, timeout=5000)
    page.list.setCurrentIndex(page.runs.index(0))
    qtbot.waitUntil(lambda: page.view is not None and page.view.run.loaded, timeout=5000)
    page.view.header.copy.trigger()
    copied = QGuiApplication.clipboard().text()
    assert copied == compose(page.view.run.job)
    assert "calc" not in copied and copied.isprintable()
