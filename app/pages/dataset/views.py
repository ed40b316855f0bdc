"""The views of the Dataset page beside its images, and the bar that changes between them."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app.document.document import Document
from app.gallery.model import ImageIndex
from app.pages.dataset.image_selection import ImageSelection
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import chip, column, hairline, row
from core.words import tr

if TYPE_CHECKING:
    from app.runs.job_list import JobList


class View(QWidget):
    """Base of the views; made when it is first shown. ``showEvent`` says when it comes: what is slow waits for that."""

    status_message = Signal(str)
    """A message for the status bar."""
    images_requested = Signal(str, object)
    """To show only the images with these ``Image.index`` (an iterable) in the gallery, under this caption."""
    instance_requested = Signal(int, int)
    """To open the image with this ``Image.index`` on the Annotate page, with the instance at this position selected."""
    view_requested = Signal(str, str)
    """To show the view with this key, ready to mend findings of this kind, a key of ``KINDS``."""
    navigate = Signal(str)
    """The key of the page to show instead."""

    def __init__(self, document: Document, jobs: "JobList", settings: Settings) -> None:
        super().__init__()
        self.document = document
        self.jobs = jobs
        self.settings = settings

    def take_dropped(self, paths: list[Path]) -> bool:
        """Whether the view takes what was dropped on the window; else it is opened."""
        return False

    def prepare_to_mend(self, kind: str) -> None:
        """Choose what mends findings of this kind, a key of ``KINDS``."""

    def show_selection(self, selection: ImageSelection | None) -> None:
        """Work on some images only; ``None``: on all again."""

    def take_back(self) -> None:
        """Undo what was done here last."""
        self.document.splitting.undo()

    def show_index(self, index: ImageIndex | None) -> None:
        """Show another dataset, or the same one after a save; ``None``: nothing is open any more."""


@dataclass(frozen=True, slots=True)
class ViewEntry:
    """A view on the bar; ``factory`` is ``module:class`` and imported when the view is first shown."""

    key: str
    title: str
    tip: str
    factory: str
    always: bool = True
    """Whether it is on the bar also while it is not in view."""

    def make(self, document: Document, jobs: "JobList", settings: Settings) -> View:
        module, _, name = self.factory.partition(":")
        view: View = getattr(import_module(module), name)(document, jobs, settings)
        return view


IMAGES = "images"
"""The key of the gallery."""
CHANNELS = "channels"
"""The key of the view for pictures with more than 8 bits."""
VIEWS: tuple[ViewEntry, ...] = (
    ViewEntry(
        "statistics",
        tr("Statistics"),
        tr("Classes, sizes, shapes and places of objects"),
        "app.pages.dataset.statistics:StatisticsView",
    ),
    ViewEntry(
        "health", tr("Health"), tr("What is wrong, and what mends it"), "app.pages.dataset.health_view:HealthView"
    ),
    ViewEntry(
        "splits",
        tr("Splits"),
        tr("Divide the images for training, validation and test"),
        "app.pages.dataset.split_view:SplitView",
    ),
    ViewEntry(
        "compare",
        tr("Compare"),
        tr("Where somebody else’s annotations differ"),
        "app.pages.dataset.compare_view:CompareView",
    ),
    ViewEntry(
        "merge",
        tr("Merge"),
        tr("Make one dataset of this one and another"),
        "app.pages.dataset.merge_view:MergeView",
    ),
    ViewEntry(
        "export", tr("Export"), tr("Write the dataset in another format"), "app.pages.dataset.export_view:ExportView"
    ),
    ViewEntry(
        "pictures",
        tr("Find pictures"),
        tr("Look for the pictures that are missing"),
        "app.pages.dataset.find_view:FindView",
        always=False,
    ),
    ViewEntry(
        CHANNELS,
        tr("Channels"),
        tr("Which channels are seen, and from which value to which"),
        "app.pages.dataset.channel_view:ChannelView",
        always=False,
    ),
)


class ViewBar(QWidget):
    """One chip a view, the images first; Left and Right go from one to the next."""

    chosen = Signal(str)
    """The key of a view."""

    def __init__(self) -> None:
        super().__init__()
        self._chips: dict[str, QPushButton] = {IMAGES: chip(tr("Images"), tr("The images and their masks"))}
        self._chips |= {entry.key: chip(entry.title, entry.tip) for entry in VIEWS}
        self._channels = False
        buttons = QButtonGroup(self)
        for key, button in self._chips.items():
            buttons.addButton(button)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
        chips = row(*self._chips.values(), None, gap=tokens.TINY)
        chips.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self.setLayout(column(chips, hairline(), gap=0))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_view(self, key: str) -> None:
        """Mark the view that is in view."""
        self._chips[key].setChecked(True)
        for entry in VIEWS:
            offered = entry.always or (entry.key == CHANNELS and self._channels)
            self._chips[entry.key].setVisible(offered or entry.key == key)

    @Slot(bool)
    def offer_channels(self, offered: bool) -> None:
        """Whether pictures of the dataset have channels to choose."""
        self._channels = offered
        self._chips[CHANNELS].setVisible(offered or self._chips[CHANNELS].isChecked())
