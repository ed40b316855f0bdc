"""What makes pictures of two datasets one, and what becomes of those that both have."""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton, QWidget

from app.style import tokens
from app.style.format import breakable, named
from app.widgets import chip, column, label, row
from core.dataset.several.merge_plan import MergeReport
from core.dataset.several.same_pictures import Same
from core.words import sentences, tr, tr_n

_SAME: dict[Same, tuple[str, str]] = {
    "file": (tr("By their files"), tr("They are the same to the byte")),
    "pixels": (tr("By their pixels"), tr("However they are compressed, and whatever else the files say")),
    "look": (tr("By their looks"), tr("At one size; after another compression too, but so are frames of a film")),
}
_DUPLICATES = {
    "join": (tr("Once, with the instances of both"), tr("Instances that both have are there once")),
    "first": (tr("Once, as in the open dataset"), tr("The other one’s instances on it are left out")),
    "keep": (tr("Twice"), tr("A model may be validated on what it was trained on")),
}


class SharedPictures(QWidget):
    """Two choices, and what comes of them."""

    changed = Signal()
    """Another choice was made."""

    def __init__(self) -> None:
        super().__init__()
        self._same = {key: chip(*words) for key, words in _SAME.items()}
        self._duplicates = {key: chip(*words) for key, words in _DUPLICATES.items()}
        self._words = label(wrap=True)
        self._same["pixels"].setChecked(True)
        self._duplicates["join"].setChecked(True)
        self.setLayout(column(self._row(*self._same.values()), self._row(*self._duplicates.values()), self._words))

    def _row(self, *chips: QPushButton) -> QWidget:
        group, line = QButtonGroup(self), QWidget()
        for each in chips:
            group.addButton(each)
            each.clicked.connect(self._on_clicked)
        line.setLayout(row(*chips, None, gap=tokens.TINY))
        return line

    @property
    def same(self) -> Same:
        """As ``MergeJob`` has it."""
        return next(key for key, each in self._same.items() if each.isChecked())

    @property
    def duplicates(self) -> str:
        """As ``MergeJob`` has it."""
        return next(key for key, each in self._duplicates.items() if each.isChecked())

    def show_report(self, report: MergeReport) -> None:
        """Say what comes of what was chosen."""
        self._words.setText(breakable(_said(report, self.duplicates)))

    @Slot()
    def _on_clicked(self) -> None:
        for each in self._same.values():
            each.setEnabled(self.duplicates != "keep")
        self.changed.emit()


def _said(report: MergeReport, duplicates: str) -> str:
    if duplicates == "keep":
        return tr("Every picture is kept as often as it is there.")
    if not report.shared:
        return tr("No picture of the other dataset is in this one.")
    found = tr_n(
        "{n} image of the other dataset is in this one too: {names}.",
        "{n} images of the other dataset are in this one too: {names}.",
        report.shared,
        names=named([each.file_name for each in report.shared_pictures]),
    )
    if duplicates == "join":
        return sentences(
            found,
            tr_n(
                "{n} instance that both have is kept once.",
                "{n} instances that both have are kept once.",
                report.repeated,
            ),
        )
    return sentences(
        found, tr_n("{n} instance on them is left out.", "{n} instances on them are left out.", report.repeated)
    )
