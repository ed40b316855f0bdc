"""What a page is, and which pages there are."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.settings.settings import Settings
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList, Run


class Page(QWidget):
    """Base of the pages; made when it is first shown. ``showEvent`` and ``hideEvent`` say when it comes and goes."""

    title: str
    """Of its entry in ``PAGES``."""

    status_message = Signal(str)
    """A message for the status bar."""
    pointed = Signal(str)
    """What the mouse is over; empty when it is over nothing."""
    zoomed = Signal(str)
    """The zoom of the picture in view; empty when there is none."""
    navigate = Signal(str)
    """The key of the page to show instead."""
    run_requested = Signal(object)
    """The person wants to see a ``Run``, on the page of its kind."""
    cleared_search = Signal()
    """The page has let go of what was searched for."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__()
        self.document = document
        self.jobs = jobs
        self.settings = settings

    def set_up_training(self) -> None:
        """Go to the Train page for a new training."""
        self.jobs.choose(None)
        self.navigate.emit("train")

    def finish(self) -> None:
        """Bring what was begun to an end: the window closes, or another version of the dataset is opened."""

    def go_on(self) -> None:
        """The window does not close after all."""

    def show_job(self, run: "Run") -> None:
        """Show a run of a kind whose ``page`` is this one; the page comes into view afterwards."""

    def take_dropped(self, paths: list[Path]) -> bool:
        """Whether the page takes what was dropped on the window; else it is opened."""
        return False

    def inspector(self) -> QWidget | None:
        """What to show at the right of the page now, or nothing. Asked when the page comes and when a dataset opens;
        it is always the same widget."""
        return None

    def search_hint(self) -> str:
        """The placeholder of the search field in the title bar; empty hides the field."""
        return ""

    def search(self, text: str) -> None:
        """Show what fits the text of the search field."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A page on the rail; ``factory`` is ``module:class`` and imported when the page is first shown."""

    key: str
    title: str
    icon: str
    factory: str

    def make(self, document: Document, jobs: "JobList", settings: Settings) -> Page:
        module, _, name = self.factory.partition(":")
        page: Page = getattr(import_module(module), name)(document, jobs, settings)
        page.title = self.title
        return page


PAGES = (
    PageEntry("home", tr("Home"), "house", "app.pages.home.page:HomePage"),
    PageEntry("dataset", tr("Dataset"), "image-square", "app.pages.dataset.page:DatasetPage"),
    PageEntry("annotate", tr("Annotate"), "pencil-simple", "app.pages.annotate:AnnotatePage"),
    PageEntry("train", tr("Train"), "graduation-cap", "app.pages.train.page:TrainPage"),
    PageEntry("evaluate", tr("Evaluate"), "chart-bar", "app.pages.evaluate.page:EvaluatePage"),
    PageEntry("deploy", tr("Deploy"), "export", "app.pages.deploy.page:DeployPage"),
)
