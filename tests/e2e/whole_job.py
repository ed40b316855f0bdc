"""The main job in the real window, with real children: open, train, preview, export. Run by ``test_whole_job``, in a
process of its own, so that what the window has imported can be told from what tests have."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.document.document import Document
from app.pages.deploy.page import DeployPage
from app.pages.evaluate.page import EvaluatePage
from app.pages.train.page import TrainPage
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.threads import workers
from app.window.main_window import MainWindow

HEAVY = ("torch", "torchvision", "pytorch_lightning", "timm", "nncf", "datumaro")

QUICK = {
    "epochs": 8,
    "batch_size": 2,
    "input_size": 64,
    "learning_rate": 0.004,
    "ema_decay": 0,
    "warmup_iterations": 0,
    "validate_every": 4,
}
"""Settings with which a network finds something, right or wrong, after a few seconds."""


def wait(what: str, condition: Callable[[], object], seconds: float) -> None:
    """Let the window live until ``condition`` holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"timeout: {what}"
        loop = QEventLoop()
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def train(page: TrainPage) -> None:
    page.setup.form.rest.button.click()
    wait("all settings are made", lambda: QUICK.keys() <= page.setup.form.cells.keys(), 10)
    for name, value in QUICK.items():
        page.setup.form.cells[name].editor.set_value(value)
    wait("the dataset can be trained on", lambda: not page.setup.obstacle(), 10)
    page.setup.start.click()
    view = page.view
    assert view is not None and view.run is not None
    run = view.run
    wait("the first stage", lambda: run.history.stage, 60)
    wait("the first step", lambda: run.history.step or run.state == "failed", 60)
    assert view.figures.epoch.accessibleName() == f"Epoch: {run.history.epoch} / {QUICK['epochs']}"
    wait("the end of the training", lambda: run.state != "running", 100)
    assert run.state == "done", run.history.end
    assert run.history.best is not None and run.folder.has_model()
    wait("samples", lambda: view.samples.strip.pictures, 5)
    wait("plots", lambda: view.curves.charts is not None and "total" in view.curves.charts.losses.names(), 10)
    wait("the list of runs", lambda: page.runs.rowCount() == 1, 5)
    assert view.header.look.isVisible()
    view.header.look.click()


def preview(page: EvaluatePage) -> None:
    page.controls.confidence.setValue(page.controls.confidence.minimum())
    wait("predictions", lambda: page.found is not None or page.comparison.problem.isVisible(), 60)
    assert page.comparison.problem.isHidden(), page.comparison.problem.accessibleName()
    first = page.found
    assert first is not None
    wait("masks in the view", lambda: any(shape.style == "prediction" for shape in page.comparison.left.shapes), 5)
    page.film.step(1)
    wait("predictions in the next image", lambda: page.found is not first and page.found is not None, 60)
    page.controls.modes["truth"].click()
    assert any(shape.style == "truth" for shape in page.comparison.left.shapes)


def export(page: DeployPage) -> None:
    row = page.rows["fp16"]
    wait("the preview's export", lambda: "preview" in row.state.text(), 10)
    page.export.click()
    wait("the export", lambda: row.state.text() == "Exported just now" or page.failure.isVisible(), 90)
    assert row.is_measured, page.failure.accessibleName()
    assert row.on_disk is not None and (row.on_disk.folder / "model.bin").is_file()


def main(dataset: Path, home: Path) -> None:
    application = QApplication([])
    settings = Settings(home / "settings.ini")
    jobs = JobList(home / "runs")
    document = Document()
    window = MainWindow(document, jobs, settings, Theme(application, "dark"))
    window.show()
    document.open(dataset)
    wait("the dataset", lambda: document.dataset is not None, 10)
    try:
        window.show_page("train")
        train(window.page)  # type: ignore[arg-type]
        preview(window.page)  # type: ignore[arg-type]
        window.show_page("deploy")
        export(window.page)  # type: ignore[arg-type]
    finally:
        for run in jobs.running():
            jobs.cancel(run)
        jobs.close()
    window.close()
    assert workers.finish(10_000)
    assert "openvino" in sys.modules, "the preview ran in this process"
    assert not [name for name in HEAVY if name in sys.modules]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
