"""The window: a rail of pages, a title bar, an inspector, a status bar, and what belongs to no single page."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.document.document import Document
from app.pages.page import PAGES, Page
from app.settings.settings import Settings
from app.style import icons
from app.style.format import tool_tip
from app.style.theme import Choice, Theme
from app.threads.frame_priority import frame_priority
from app.widgets import open_dialogs
from app.widgets.containers import PageArea, column, row
from app.widgets.focus import FocusWindow
from app.widgets.states import error_texts
from app.widgets.version_line import VersionLine
from app.window.closing import Closing
from app.window.frame import DropOverlay, Rail, StatusBar, TitleBar, fit_screen
from app.window.inspector import InspectorSplitter
from core.errors import UserError
from core.plain_text import printable
from core.words import tr, tr_n

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run
    from core.dataset import Dataset


_USUAL = 1440, 900
_LEAST = 560, 320
"""In less, pages scroll but cannot be used. A screen of 1366 × 768 has 683 × 384 at 200 %."""


class MainWindow(FocusWindow):
    """Shows one page at a time. A page is made when it is first asked for."""

    ready = Signal()
    """The window is on the screen for the first time: now there is time for what is slow to load."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings, theme: Theme) -> None:
        super().__init__()
        self.document, self.jobs, self.settings, self.theme = document, jobs, settings, theme
        self._pages: dict[str, Page] = {}
        self._areas: dict[str, PageArea] = {}
        self._key = ""
        self._painted = False
        self._closing = Closing(self, document, jobs)
        self.rail = Rail(PAGES)
        self.title_bar, self.version_line = TitleBar(jobs), VersionLine()
        self.status_bar = StatusBar()
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._bind_shortcuts()
        self.setWindowTitle("Maskwright")
        self.setWindowIcon(icons.application_icon())
        self.setMinimumSize(*_LEAST)
        self.setAcceptDrops(True)
        self.resize(*_USUAL)
        fit_screen(self, centred=not self.restoreGeometry(settings.state("window")))
        self.show_page("home")

    def _build(self) -> None:
        self.setProperty("surface", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        middle = QWidget()
        middle.setLayout(column(self.title_bar, self.version_line, self._stack, gap=0))
        self._splitter = InspectorSplitter(middle, self._stack, self.title_bar.inspector, self.settings)
        above = row(self.rail, self._splitter, gap=0)
        self.setLayout(column(above, self.status_bar, gap=0))
        self._overlay = DropOverlay(self)

    def _connect(self) -> None:
        self.rail.chosen.connect(self.show_page)
        self.rail.theme.clicked.connect(self._switch_theme)
        self.rail.help.clicked.connect(self._show_shortcuts)
        self.title_bar.searched.connect(lambda text: self.page.search(text))
        self.title_bar.ring.changed.connect(self.status_bar.job.setText)
        self.title_bar.ring.run_requested.connect(self._on_run_requested)
        self.title_bar.ring.refresh()
        self.jobs.changed.connect(self._on_job_changed)
        self.jobs.refused.connect(lambda run, error: self.status_bar.say(error_texts(error)[0]))
        self.document.opening.connect(lambda path: self.status_bar.say(tr("Reading {path} …", path=path)))
        self.document.opened.connect(lambda: self.jobs.forget_choice(unless=self.document.is_open))  # before any page
        self.document.opened.connect(self._on_dataset_opened)
        self.document.opened.connect(self.jobs.refresh)  # what was trained in a terminal meanwhile
        self.document.renewed.connect(self._show_dataset_name)
        self.document.closed.connect(lambda: self.title_bar.dataset.setText(""))
        self.document.failed.connect(lambda: self.status_bar.say(""))
        self.document.failed.connect(lambda: self.show_page("home"))  # which says why
        for signal in (self.document.opened, self.document.closed, self.document.saver.changed):
            signal.connect(self._show_version)
        self.version_line.other_requested.connect(self._on_other_version_requested)
        self.version_line.choice_requested.connect(lambda: self.show_page("annotate"))
        self.document.saver.changed.connect(lambda: self.status_bar.saved.setText(self.document.saver.words))
        self._closing.agreed.connect(self.close)
        self.theme.changed.connect(self._show_theme)
        self._show_theme()

    def _bind_shortcuts(self) -> None:
        shortcuts = self.settings.shortcuts
        for entry in PAGES:
            shortcuts.bind_button(f"page.{entry.key}", self, self.rail.buttons[entry.key])
        shortcuts.bind("open.folder", self, lambda: open_dialogs.ask_for_folder(self, self.document))
        shortcuts.bind("open.file", self, lambda: open_dialogs.ask_for_file(self, self.document))
        shortcuts.bind("search", self, self._on_search_key)
        shortcuts.bind_button("inspector", self, self.title_bar.inspector)
        shortcuts.bind_button("shortcuts", self, self.rail.help)

    # Pages

    @property
    def page(self) -> Page:
        """The page in view."""
        return self._pages[self._key]

    @Slot(str)
    def show_page(self, key: str) -> None:
        """Bring the page ``key`` into view."""
        if key == self._key:
            return
        self.prepare(key)
        self._key = key
        self.rail.buttons[key].setChecked(True)
        self.title_bar.title.setText(self.page.title)
        self._show_search_field()
        self.status_bar.pointed.setText("")  # of the picture on the page before
        self.status_bar.zoom.setText("")
        self._stack.setCurrentWidget(self._areas[key])
        self._splitter.show_inspector(self.page, self.page.inspector())
        self._show_version()

    def prepare(self, key: str) -> None:
        """Make the page ``key`` unless it is there."""
        if key in self._pages:
            return
        entry = next(entry for entry in PAGES if entry.key == key)
        page = entry.make(self.document, self.jobs, self.settings)
        page.status_message.connect(self.status_bar.say)
        for signal, field in ((page.pointed, self.status_bar.pointed), (page.zoomed, self.status_bar.zoom)):
            signal.connect(lambda text, field=field: field.setText(text) if page is self.page else None)
        page.navigate.connect(self.show_page)
        page.run_requested.connect(self._on_run_requested)
        page.cleared_search.connect(self.title_bar.search.clear)
        self._pages[key] = page
        self._areas[key] = PageArea(page)
        self._stack.addWidget(self._areas[key])

    @Slot(object)
    def _on_run_requested(self, run: "Run") -> None:
        self.prepare(run.job.page)
        self._pages[run.job.page].show_job(run)
        self.show_page(run.job.page)

    @Slot(object)
    def _on_job_changed(self, run: "Run") -> None:
        if (plan := run.history.plan) is not None:
            self.status_bar.device.setText(f"{plan.device} · {plan.precision}")

    def _show_search_field(self) -> None:
        """What it finds on the page in view; hidden where there is nothing to search."""
        hint, field = self.page.search_hint(), self.title_bar.search
        field.setVisible(bool(hint))
        field.setPlaceholderText(hint)
        field.setAccessibleName(hint)
        field.setToolTip(tool_tip(self.settings.shortcuts.named(hint, "search")))

    def _on_search_key(self) -> None:
        if self.title_bar.search.isVisible():
            self.title_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.title_bar.search.selectAll()

    def _show_shortcuts(self) -> None:
        from app.window.shortcuts_dialog import ShortcutsDialog

        ShortcutsDialog(self, self.settings.shortcuts).open()

    # Theme

    def _switch_theme(self) -> None:
        choice: Choice = "light" if self.theme.name == "dark" else "dark"
        self.settings.write("theme", choice)
        self.theme.choose(choice)

    @Slot()
    def _show_theme(self) -> None:
        self.rail.theme.setIcon(icons.icon("sun" if self.theme.name == "dark" else "moon"))

    # The dataset

    @Slot(object)
    def _show_dataset_name(self, dataset: "Dataset") -> None:
        counts = self.document.split_counts.items()  # of what waits for labels, the Annotate page tells as it goes
        splits = ", ".join(f"{split} {number:,}" for split, number in counts if split != "unlabelled")
        images = tr_n("{n} image", "{n} images", len(dataset.images))
        self.title_bar.dataset.setText(" · ".join(part for part in (dataset.name, images, splits) if part))

    @Slot()
    def _show_version(self) -> None:
        """Which version of the dataset is open; the Annotate page itself asks which one is to count."""
        self.version_line.show_versions(self.document.versions)
        self.version_line.show_problem(None if self._key == "annotate" else self.document.saver.conflict)

    @Slot()
    def _on_other_version_requested(self) -> None:
        self.page.finish()
        self.document.show_other_version()

    @Slot(object)
    def _on_dataset_opened(self, dataset: "Dataset") -> None:
        self._show_dataset_name(dataset)
        self.status_bar.say(self.document.remark or tr("Opened {dataset}", dataset=printable(dataset.name)))
        self.title_bar.search.clear()
        opened = self.document.opened_draft
        if opened is not None and opened.recovered is not None:
            self.show_page("annotate")  # it says what was rescued, and asks
        elif self.document.requested_image is not None:
            self.show_page("annotate")  # where one sees the picture that was dropped
        elif self._key == "home":
            self.show_page("dataset" if dataset.categories else "annotate")
        self._show_search_field()
        self._splitter.show_inspector(self.page, self.page.inspector())

    def event(self, event: QEvent) -> bool:
        with frame_priority:  # all that lies in the window is painted in here
            return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self.ready.emit)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.source() is None and open_dialogs.may_drop(event.mimeData()) and open_dialogs.look_only(event):
            self._overlay.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._overlay.hide()
        if not open_dialogs.look_only(event):
            return
        try:
            paths = open_dialogs.dropped(event.mimeData())
            if not self.page.take_dropped(paths):
                self.document.open(*paths)
        except UserError as error:
            self.document.failed.emit(error)

    def close_unattended(self) -> None:
        """Close without a question: nobody is there to answer it."""
        self._closing.expect_nobody()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.page.finish()
        if not self._closing.may_close():
            event.ignore()
            self.page.go_on()
            return
        self.settings.write("window", self.saveGeometry())
        if (entry := self.document.entry) is not None:
            self.settings.remember(entry, self.document.names)
        self.document.finish()
        super().closeEvent(event)
