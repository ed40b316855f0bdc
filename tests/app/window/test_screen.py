"""The window on small screens and large letters, each in a process of its own: that is how Qt takes a scale factor."""

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.runs.job_list import JobList
from app.style.theme import Theme
from app.window.frame import fit_screen
from app.window.main_window import MainWindow
from core.runs import events
from tests.app.pieces import ROOT, make_run, plan, train_job, validation

LOOK = """
import json, os, sys
sys.path.insert(0, {root!r})
from pathlib import Path
from PySide6.QtCore import QEvent, QThread
from PySide6.QtWidgets import QApplication
from app.document.document import Document
from app.runs.job_list import JobList
from app.window.main_window import MainWindow
from app.settings.settings import Settings
from app.style.theme import Theme
from app.settings.toolbox import TOOLS
from app.widgets.containers import PageArea

app = QApplication([])
settings = Settings(Path({folder!r}) / "settings.ini")
window = MainWindow(Document(), JobList(settings.runs_folder), settings, Theme(app, "dark"))
window.show()

def wait(until):
    for _ in range(4000):
        app.processEvents()
        if until():
            return
        QThread.msleep(5)
    raise SystemExit("waited in vain")

def look(page, button):
    window.show_page(page)
    wait(lambda: button().isVisible())
    app.processEvents()
    seen = lambda: button().visibleRegion().boundingRect() == button().rect()
    at_once, area = seen(), next(area for area in window.findChildren(PageArea) if area.widget() is window.page)
    area.ensureWidgetVisible(button())
    app.processEvents()
    return at_once, seen()

def look_with(tool):  # but SAM, which asks for weights first, in a bar of its own
    window.show_page("annotate")
    page().tools.choose(tool)
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return look("annotate", lambda: page().footer.train)

opened = []
window.document.opened.connect(lambda: opened.append(True))
window.document.open(Path({dataset!r}))
wait(lambda: opened)
page = lambda: window.page
seen = {{
    "Open a folder": look("home", lambda: page().drop.folder),
    "Done": look("annotate", lambda: page().footer.done),
    "Train": look("annotate", lambda: page().footer.train),
    "Start": look("train", lambda: page().setup.start),
    "Confidence": look("evaluate", lambda: page().controls.confidence),
    "Export": look("deploy", lambda: page().export),
    "Deploy": look("deploy", lambda: window.rail.buttons["deploy"]),
    **{{f"Train with {{entry.key}}": look_with(entry.key) for entry in TOOLS if entry.key != "sam"}},
    "Shortcuts": look("deploy", lambda: window.rail.help),
}}
room = window.screen().availableGeometry()
frame = window.frameGeometry()
print(json.dumps({{"fits": room.contains(frame), "room": room.getRect(), "frame": frame.getRect(), "seen": seen}}))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize(
    ("width", "height", "factor", "scrolls"),
    [(1366, 768, 1.5, False), (1366, 768, 2.0, True), (1920, 1080, 2.0, False)],
)
def test_the_first_window_fits_its_screen_and_what_one_came_for_is_in_reach(
    dataset_folder, tmp_path, settings, width, height, factor, scrolls
):
    home = tmp_path / "home"
    make_run(home / "runs", train_job(dataset_folder), plan(), validation(1, 0.4), events.Done(), model=True)
    one = {"name": "one", "x": 0, "y": 0, "width": width, "height": height - 40}  # a bar of the desktop's takes 40
    screens = {"windowFrameMargins": True, "screens": [one | {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}]}
    (tmp_path / "screens.json").write_text(json.dumps(screens))
    platform = f"offscreen:configfile={tmp_path / 'screens.json'}"
    script = LOOK.format(root=str(ROOT), folder=str(tmp_path), dataset=str(dataset_folder))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"QT_QPA_PLATFORM": platform, "QT_SCALE_FACTOR": str(factor), "MASKWRIGHT_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["fits"], found
    assert [name for name, (_, reached) in found["seen"].items() if not reached] == []
    assert scrolls or [name for name, (at_once, _) in found["seen"].items() if not at_once] == []


def test_a_window_that_was_larger_than_this_screen_comes_back_within_it(settings, qapp, qtbot):
    large = QWidget()
    qtbot.addWidget(large)
    large.setGeometry(QRect(300, 200, 3000, 2000))
    settings.write("window", large.saveGeometry())
    jobs = JobList(settings.runs_folder)
    window = MainWindow(Document(), jobs, settings, Theme(qapp, settings.theme))
    qtbot.addWidget(window)
    room = window.screen().availableGeometry()
    assert room.contains(window.geometry())
    window.setGeometry(QRect(-500, room.bottom() - 50, 600, 400))
    fit_screen(window)
    assert room.contains(window.geometry()) and window.size().toTuple() == (600, 400)
    jobs.close()
    window.theme.deleteLater()
