"""``python -m app [dataset]``: open the window, and a dataset in it."""

import os
import sys
from importlib import import_module
from pathlib import Path

from PySide6.QtWidgets import QApplication

from app import workers
from app.document import Document
from app.jobs import JobList
from app.main_window import MainWindow
from app.settings import Settings
from app.theme import Theme


def main(arguments: list[str] | None = None) -> int:
    """Run the window until it is closed; the first argument may name a dataset to open."""
    arguments = sys.argv[1:] if arguments is None else arguments
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    app.setApplicationName("Maskwright")
    app.setDesktopFileName("maskwright")
    settings = Settings()
    document = Document()
    jobs = JobList(settings.runs_folder)
    window = MainWindow(document, jobs, settings, Theme(app, settings.theme))
    window.ready.connect(keep_responsive)
    if arguments:
        window.ready.connect(lambda: document.open(Path(arguments[0]).absolute()))
    window.show()
    code = app.exec()
    jobs.close()
    return code


def keep_responsive() -> None:
    """Let the window's thread run soon when others work, and load the libraries of the next page ahead."""
    sys.setswitchinterval(0.001)
    workers.start(import_module, "app.pages.dataset.page")


def run() -> None:
    """The command ``maskwright-app``."""
    code = main()
    if not workers.finish(1000):
        os._exit(code)  # a long read has nothing to save; waiting for it would keep a closed window's process alive
    sys.exit(code)


if __name__ == "__main__":
    run()
