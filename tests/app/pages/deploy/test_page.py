"""The Deploy page in the real window; its children pretend to export."""

import os

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPushButton

from core.deployment.record import ExportRecord, write
from core.errors import UserError
from core.runs import events
from core.runs.folder import RunFolder
from tests.app.pieces import child, make_run, plan, train_job, validation

EXPORT = """
from core.deployment.record import ExportRecord, write
job = folder.read_job().job
target = Path(job.run) / "export" / job.precision
target.mkdir(parents=True, exist_ok=True)
(target / "model.xml").touch()
write(target, ExportRecord(precision=job.precision, size_mb=12.6, images=4, ap_torch=0.412, ap_ir=0.41,
                           latency_torch_ms=110, latency_ms=41.6))
say(events.Done())
"""


@pytest.fixture
def trained(settings, dataset_folder) -> RunFolder:
    said = plan(), validation(1, 0.412), events.Done()
    return make_run(settings.runs_folder, train_job(dataset_folder), *said, model=True)


@pytest.fixture
def open_page(make_window, qtbot):
    def open_page(body: str = ""):
        window = make_window(spawn=child(body))
        window.show_page("deploy")
        page = window.page
        qtbot.waitUntil(
            lambda: page.picker.listed and (page.picker.run is None or page.picker.run.loaded), timeout=5000
        )
        return page

    return open_page


def test_without_a_model_the_page_says_what_to_do(open_page, qtbot):
    page = open_page()
    assert page.no_model.isVisible()
    with qtbot.waitSignal(page.navigate) as asked:
        page.no_model.button.click()
    assert asked.args == ["train"]


def test_an_export_is_made_measured_and_found(open_page, trained, qtbot, monkeypatch):
    page = open_page("time.sleep(0.5)" + EXPORT)
    row = page.rows["fp16"]
    assert row.state.text() == "Not exported" and page.export.text() == "Export FP16"
    page.export.click()
    qtbot.waitUntil(lambda: row.state.text() == "Working …", timeout=10_000)
    assert not page.export.isEnabled() and row.bar.isVisible() and page.stop.isVisible()
    qtbot.waitUntil(lambda: row.state.text() == "Exported just now", timeout=10_000)
    assert row.trained.accessibleName() == "Mask mAP, PyTorch: 0.412 as trained"
    assert row.exported.accessibleName() == "Mask mAP, export: 0.410 -0.002 on 4 images"
    assert row.size_figure.accessibleName() == "Size: 12.6 MB"
    assert row.latency.accessibleName().startswith("Latency, one image: 42 ms PyTorch 110 ms")
    row.copy.click()
    assert QGuiApplication.clipboard().text() == str(trained.export / "fp16")
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()) or True)
    row.open_folder.click()
    assert opened == [f"{trained.export}/fp16/"]


def test_an_export_that_cannot_be_started_says_why(open_page, trained, monkeypatch):
    page = open_page()

    def start(job, name):
        raise UserError("there is no room left on the disk", "make room there")

    monkeypatch.setattr(page.jobs, "start", start)
    page.export.click()
    assert page.failure.isVisible() and page.failure.accessibleName() == "there is no room left on the disk"


def test_an_export_at_work_leads_here_from_home(open_page, trained, qtbot):
    page = open_page("time.sleep(30)")
    page.export.click()
    window = page.window()
    window.show_page("home")
    (row,) = window.page.running.rows.values()
    (name,) = (button for button in row.findChildren(QPushButton) if button.toolTip() == "Show this run")
    name.click()
    assert window.page is page and page.rows["fp16"].bar.isVisible()


def test_the_chosen_precision_is_the_one_that_is_exported(open_page, trained, qtbot):
    page = open_page(EXPORT)
    page.rows["fp32"].radio.click()
    assert page.export.text() == "Export FP32"
    page.copy.click()
    assert QGuiApplication.clipboard().text().endswith("--precision fp32")
    page.export.click()
    qtbot.waitUntil(lambda: page.rows["fp32"].state.text() == "Exported just now", timeout=10_000)
    assert page.rows["fp16"].state.text() == "Not exported"


def test_a_failure_is_told_in_words(open_page, trained, qtbot):
    page = open_page("say(events.Failed(message='The disk is full.', hint='Make room.', traceback='…'))")
    page.export.click()
    qtbot.waitUntil(page.failure.isVisible, timeout=10_000)
    assert "disk is full" in page.failure.accessibleName()
    assert page.failure.accessibleDescription() == "Make room."
    assert page.export.isEnabled()


def test_figures_that_read_differently_are_not_called_equal(open_page, trained, qtbot):
    page = open_page(EXPORT.replace("ap_ir=0.41,", "ap_ir=0.4117, ap_torch=0.4113,").replace("ap_torch=0.412, ", ""))
    page.export.click()
    row = page.rows["fp16"]
    qtbot.waitUntil(lambda: row.state.text() == "Exported just now", timeout=10_000)
    assert row.exported.accessibleName() == "Mask mAP, export: 0.412 +0.0004 on 4 images"


def test_a_difference_that_matters_is_a_warning(open_page, trained, qtbot):
    page = open_page("say(events.Warning(message='Mask AP is 0.4 in PyTorch and 0.3 in the export.'))" + EXPORT)
    page.export.click()
    qtbot.waitUntil(page.warning.isVisible, timeout=10_000)
    assert "0.3 in the export" in page.warning.accessibleName()


@pytest.mark.parametrize(
    ("record", "made", "words"),
    [
        (ExportRecord(precision="fp16", size_mb=1.0), None, "preview"),
        (ExportRecord(precision="fp16", size_mb=1.0, latency_ms=5.0), 1, "Older than the model"),
        (None, None, "Cannot be read"),
    ],
)
def test_what_is_on_disk_is_told_as_it_is(open_page, trained, qtbot, record, made, words):
    target = trained.export / "fp16"
    target.mkdir(parents=True)
    (target / "model.xml").touch()
    if record is not None:
        write(target, record)
    if made is not None:
        os.utime(target / "model.xml", (made, made))
    page = open_page()
    assert words in page.rows["fp16"].state.text()
