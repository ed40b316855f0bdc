"""What was done to several images at once: said where it can be taken back."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from app.document.editing import Editing
from app.style import tokens
from app.widgets import column
from app.widgets.banner import Banner
from core.annotation.editing.edits import images, instances
from core.words import count


class BulkNotice(QWidget):
    """Hidden until then, and again with the next edit: most of what was done is on images that nobody sees."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self.banner = Banner("good")
        self.undo, self.dismiss = self.banner.add_action("Undo"), self.banner.add_action("Dismiss")
        self.undo.clicked.connect(editing.undo)
        self.dismiss.clicked.connect(self.hide)
        bars = column(self.banner)
        bars.setContentsMargins(tokens.SMALL, tokens.SMALL, tokens.SMALL, 0)
        self.setLayout(bars)
        for signal in (editing.began, editing.repeated):
            signal.connect(self.hide)
        self.hide()

    @Slot()
    def follow(self, *, everywhere: bool) -> None:
        """Something was edited; ``everywhere``: on all images, however many that are."""
        edit = self._editing.last
        touched = images(edit) if edit is not None else ()
        if edit is None or not (len(touched) > 1 or (everywhere and touched)):
            self.hide()
            return
        self.banner.say(f"{edit.name}: {count(instances(edit), 'instance')} on {count(len(touched), 'image')}.")
        self.show()
