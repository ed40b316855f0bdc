"""The bar that gets SAM its weights: downloaded with progress, or from a folder of the person's own."""

from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QProgressBar, QWidget

from app.settings.settings import Settings
from app.style import tokens
from app.tools.sam import SamTool
from app.tools.sam_session import SamDownload
from app.widgets import column
from app.widgets.states import Banner, error_texts
from core.words import sentences, tr

_FOLDER = "sam_folder"


class WeightsBar(QWidget):
    """Hidden until the tool asks."""

    def __init__(self, tool: SamTool, settings: Settings) -> None:
        super().__init__()
        self._tool, self._settings = tool, settings
        self.banner = Banner("accent")
        self.download = self.banner.add_action(tr("Download"))
        self.choose = self.banner.add_action(tr("Choose a folder"))
        self.stop = self.banner.add_action(tr("Stop"))
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName(tr("Download of SAM's weights"))
        bars = column(self.banner, self._progress)
        bars.setContentsMargins(tokens.SMALL, tokens.SMALL, tokens.SMALL, 0)
        self.setLayout(bars)
        self._downloader = SamDownload(self)
        self._downloader.progressed.connect(self._on_progressed)
        self._downloader.done.connect(self._on_weights_there)
        self._downloader.failed.connect(self._on_failed)
        self.download.clicked.connect(self._start)
        self.choose.clicked.connect(self._choose_folder)
        self.stop.clicked.connect(self._stop)
        tool.weights_wanted.connect(self._offer)
        if folder := settings.text(_FOLDER):
            tool.session.use(Path(folder))
        self.hide()

    @Slot()
    def _offer(self, hint: str = "") -> None:
        if self._downloader.busy:
            return
        self._show_working(False)
        usual = tr("44 MB are downloaded once, or take an encoder and a decoder (ONNX or OpenVINO) from a folder.")
        self.banner.say(tr("SAM needs its weights."), hint or usual, kind="accent")
        self.show()

    def _start(self) -> None:
        self._show_working(True)
        self.banner.say(tr("Downloading SAM …"), "", kind="accent")
        self._downloader.start()

    def _stop(self) -> None:
        self._downloader.stop()
        self._offer(tr("What has come is kept: Download goes on from there."))

    def _choose_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Folder with SAM's encoder and decoder"))
        if chosen:
            self._settings.write(_FOLDER, chosen)
            self._tool.session.use(Path(chosen))
            self._on_weights_there()

    @Slot()
    def _on_weights_there(self) -> None:
        self.hide()
        self._tool.weights_changed()

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self._show_working(False)
        message, hint, details = error_texts(error)
        way_out = tr("Download again to go on with what has come, or choose a folder with an encoder and a decoder.")
        text = details or sentences(message, hint)
        self.banner.say(tr("SAM could not be downloaded."), way_out, text, kind="warning")

    @Slot(str, int, int)
    def _on_progressed(self, stage: str, done: int, total: int) -> None:
        if not self._downloader.busy:
            return  # the thread had not heard yet that it was stopped
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        far = tr("{done} of {total} MB", done=done, total=total) if total else ""
        self.banner.say(tr("{stage} …", stage=stage), far, kind="accent")

    def _show_working(self, working: bool) -> None:
        self._progress.setVisible(working)
        self.stop.setVisible(working)
        for button in (self.download, self.choose):
            button.setVisible(not working)
