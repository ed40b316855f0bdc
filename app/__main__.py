"""``python -m app [dataset]``: open the window, and a dataset in it."""

import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.threads import workers
from app.threads.frame_priority import put_window_first
from app.threads.garbage import collect_garbage_here
from app.threads.warm_up import when_warm
from app.threads.workers import LatestWorker
from app.window.main_window import MainWindow
from app.window.signals import CloseOnSignal
from core.errors import UserError
from core.streams import harden
from core.words import tr

_LATER_MS = 500
"""Between one page that is made ahead and the next: a person may have begun to do something."""


def main(arguments: list[str] | None = None) -> int:
    """Run the window until it is closed; the arguments may name a dataset to open, or pictures."""
    arguments = sys.argv[1:] if arguments is None else arguments
    app = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(app, QApplication)
    collect_garbage_here(app)
    app.setApplicationName("Maskwright")
    app.setDesktopFileName("maskwright")
    settings = Settings()
    document = Document()
    jobs = JobList(settings.runs_folder)
    window = MainWindow(document, jobs, settings, Theme(app, settings.theme))
    sys.excepthook = partial(_on_fault, window)
    window.ready.connect(lambda: keep_responsive(window))
    if arguments:
        window.ready.connect(lambda: document.open(*(Path(argument).absolute() for argument in arguments)))
    CloseOnSignal(window)
    window.show()
    code = app.exec()
    jobs.close()
    return code


def _on_fault(
    window: MainWindow, kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """A mistake of ours in the window's own code: the window lives on and says so; the terminal has the details."""
    sys.__excepthook__(kind, error, traceback)
    sentence = tr(
        "Maskwright made a mistake here ({kind}: {error}). The terminal has the details.",
        kind=kind.__name__,
        error=error,
    )
    window.status_bar.say(sentence)


def keep_responsive(window: MainWindow) -> None:
    """Let the window's thread run soon when others work, and make the next pages ahead."""
    put_window_first()
    ahead = LatestWorker(window)
    ahead.done.connect(lambda: window.prepare("dataset"))
    ahead.done.connect(lambda: QTimer.singleShot(_LATER_MS, window, lambda: window.prepare("train")))
    ahead.done.connect(lambda: workers.start(import_module("core.images.disk_cache").make_room))
    when_warm(window, lambda: ahead.run(_load))


def _load() -> None:
    """Load what the pages need: NumPy, OpenCV and their kin; the recipes."""
    import_module("app.pages.dataset.page")
    import_module("app.pages.train.page")
    import_module("core.recipes.catalogue").catalogue()
    import_module("cv2").setNumThreads(max((os.cpu_count() or 2) - 1, 1))  # one processor is left to the window


def run(arguments: list[str] | None = None) -> None:
    """The command ``maskwright-app``, with what is on its command line unless ``arguments`` are given."""
    harden(plain=True)
    try:
        code = main(arguments)
    except UserError as error:  # before there is a window that could show it
        sys.exit(tr("error: {message} ({hint})", message=error.message, hint=error.hint))
    if not workers.finish(1000):
        os._exit(code)  # a long read has nothing to save; waiting for it would keep a closed window's process alive
    sys.exit(code)


if __name__ == "__main__":
    run()
