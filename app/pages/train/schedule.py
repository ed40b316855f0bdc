"""Which of a recipe's schedules to train by."""

from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.style import tokens
from app.style.format import tool_tip
from app.widgets.containers import column
from app.widgets.inputs import ComboBox
from app.widgets.labels import label
from core.recipes.catalogue import with_schedule
from core.recipes.schema import Recipe, ScheduleName
from core.words import tr

TITLE: dict[ScheduleName, str] = {"tuned": "Tuned", "classic": "Classic"}
_ABOUT: dict[ScheduleName, str] = {
    "tuned": tr("AdamW, a rate that falls along a cosine at the end, more augmentation."),
    "classic": tr("As OTX trains: SGD, a short warm-up, a lower rate on each plateau, mirroring, early stopping."),
}


class ScheduleChoice(QWidget):
    """A choice that fills the form anew, and what it means."""

    chosen = Signal()
    """The person chose another one."""

    def __init__(self) -> None:
        super().__init__()
        self._shipped: Recipe | None = None
        self.box = ComboBox()
        self.box.setAccessibleName(tr("Schedule"))
        self.about = label("", "caption", wrap=True)
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        name = label(tr("Schedule"))
        name.setBuddy(self.box)
        self.setLayout(column(name, self.box, self.about, None, gap=tokens.TINY))
        self.box.currentIndexChanged.connect(self._say)
        self.box.activated.connect(self.chosen)

    def show_recipe(self, shipped: Recipe, schedule: ScheduleName | None = None) -> None:
        """Offer the schedules of a recipe as it ships; its default is chosen unless another is named."""
        self._shipped = shipped
        self.box.blockSignals(True)
        self.box.clear()
        for name in get_args(ScheduleName):
            if name == shipped.schedule or name in shipped.alternatives:
                default = tr(" · the recipe’s default") if name == shipped.schedule else ""
                self.box.addItem(TITLE[name] + default, name)
        self.box.setCurrentIndex(max(self.box.findData(schedule or shipped.schedule), 0))
        self.box.blockSignals(False)
        self._say()

    def recipe(self) -> Recipe:
        """The recipe with the chosen schedule, all settings as shipped."""
        assert self._shipped is not None
        return with_schedule(self._shipped, self.box.currentData())

    def _say(self) -> None:
        assert self._shipped is not None
        name: ScheduleName = self.box.currentData()
        why = self._shipped.why_schedule if name == self._shipped.schedule else ""
        self.about.setText(f"{_ABOUT[name]} {why}".rstrip())
        self.box.setToolTip(tool_tip(self.about.text()))
        self.box.setAccessibleDescription(self.about.text())
