"""Opens the real window on a sample, walks its pages and the commands, and prints all that is said there as JSON.

A process of its own, since a process speaks one language.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from typer.main import get_command

from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.threads import workers
from app.window.main_window import MainWindow
from app.window.shortcuts_dialog import ShortcutsDialog
from core.cli.commands import app
from core.sample.writer import make_sample

PAGES = ("home", "dataset", "annotate", "train", "evaluate", "deploy")


def texts(widget: QWidget) -> Iterator[str]:
    yield from (widget.toolTip(), widget.accessibleName(), widget.windowTitle())
    if isinstance(widget, QLabel | QAbstractButton):
        yield widget.text()
    if isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(row) for row in range(widget.count()))


def in_window(folder: Path) -> dict[str, set[str]]:
    qapp = QApplication([])
    make_sample(folder / "sample", 4, 2, size=128)
    settings = Settings(folder / "settings.ini")
    window = MainWindow(Document(), JobList(folder / "runs"), settings, Theme(qapp, settings.theme))
    window.resize(1300, 900)
    window.show()

    def until(true) -> None:
        end = time.monotonic() + 60
        while not true() and time.monotonic() < end:
            qapp.processEvents()
            time.sleep(0.01)

    opened = []
    window.document.opened.connect(lambda *_: opened.append(True))
    window.document.open(folder / "sample")
    until(lambda: opened)
    said = {}
    for page in PAGES:
        window.show_page(page)
        pause = time.monotonic() + 1
        until(lambda pause=pause: time.monotonic() > pause)
        said[page] = {text for widget in window.findChildren(QWidget) if widget.isVisible() for text in texts(widget)}
    window.rail.help.click()
    sheet = window.findChild(ShortcutsDialog)
    said["shortcuts"] = {text for widget in (sheet, *sheet.findChildren(QWidget)) for text in texts(widget)}
    sheet.accept()
    actions = window.findChildren(QAction)
    said["menus"] = {text for action in actions for text in (action.text(), action.toolTip())}
    window.jobs.close()
    workers.finish(10_000)
    return said


def in_command(command: click.Command) -> Iterator[str]:
    yield command.help or ""
    for parameter in command.params:
        if parameter.name not in ("install_completion", "show_completion"):  # typer's own
            yield getattr(parameter, "help", "") or ""
    for inner in getattr(command, "commands", {}).values():
        yield from in_command(inner)


if __name__ == "__main__":
    said = in_window(Path(sys.argv[1])) | {"command": set(in_command(get_command(app)))}
    print(json.dumps({where: sorted(filter(None, found)) for where, found in said.items()}))
