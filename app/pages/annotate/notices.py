"""Bars above the picture: what was rescued, why nothing is saved, what a drawn shape waits for, what was done to many
images at once. Nothing is modal."""

import time
from collections import deque

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.document.editing import AT_ONCE, Editing
from app.style import format, tokens
from app.tools.tool_context import ToolContext
from app.widgets import column, label, row
from app.widgets.buttons import button
from app.widgets.inputs import Field
from app.widgets.states import Banner, in_words
from core.annotation.editing.edits import images, instances
from core.annotation.storage.recovery import Opened, Recovered
from core.errors import UserError
from core.words import tr, tr_n


class Notices(QWidget):
    """Each bar is there only while it has something to say."""

    class_named = Signal(str)
    """The name of the class that drawn shapes wait for."""
    naming_left = Signal()
    """What was drawn need not be named any more."""
    image_wanted = Signal(int)
    """The person wants to see the image with this index."""

    def __init__(self, document: Document, context: ToolContext) -> None:
        super().__init__()
        self._document, self._context = document, context
        self.rescued, self.changed = Banner("accent"), Banner("accent")
        self.unsaved, self.refused = Banner("warning"), Banner("bad")
        self.look, self.keep, self.discard = map(self.rescued.add_action, ("Show", "Keep", "Discard"))
        self.look.setToolTip(tr("Go to the images that it is on, one after the other"))
        self.keep.setToolTip(tr("Save it"))
        self.discard.setToolTip(tr("Go back to what the files have; a copy of the work stays beside the journal"))
        self.bring_back = self.changed.add_action(tr("Bring back"))
        self.bring_back.setToolTip(tr("Do it again, as one step of undo"))
        self.put_back = self.changed.add_action(tr("Put the copy back"))
        self.put_back.setToolTip(tr("Put the newest copy in its place, and open the dataset again"))
        self.leave_so = self.changed.add_action(tr("Dismiss"))
        self.beside = self.unsaved.add_action(tr("Save mine beside it"))
        self.beside.setToolTip(
            tr("Go on with your version in a file of its own; theirs stays as it is, and can be opened")
        )
        self.overwrite = self.unsaved.add_action(tr("Overwrite, keep a backup"))
        self.again = self.unsaved.add_action(tr("Try again"))
        self.dismiss = self.refused.add_action(tr("Dismiss"))
        self.naming = _Naming()
        self._rescued_on: deque[int] = deque()
        """The images with rescued work, the next to be shown first."""
        self._banners = (self.rescued, self.changed, self.unsaved, self.refused)
        self._bars = column(self.naming, *self._banners)
        self.setLayout(self._bars)
        self._connect()
        self.begin()

    def _connect(self) -> None:
        saver, editing = self._document.saver, self._document.editing
        self.look.clicked.connect(self._look)
        self.keep.clicked.connect(self._keep)
        self.discard.clicked.connect(self._discard)
        self.bring_back.clicked.connect(self._bring_back)
        self.put_back.clicked.connect(self._put_back)
        self.leave_so.clicked.connect(self._leave_so)
        self.beside.clicked.connect(saver.beside)
        self.overwrite.clicked.connect(saver.overwrite)
        self.again.clicked.connect(saver.save)
        self.dismiss.clicked.connect(self.refused.hide)
        saver.changed.connect(self._show_saving)
        editing.refused.connect(self._show_refusal)
        for kept in (editing.edited, saver.saved):  # whoever goes on with what was rescued has kept it
            kept.connect(self.rescued.hide)
        editing.edited.connect(self._go_on)
        self._document.opened.connect(self.begin)
        self._context.unclassified.class_wanted.connect(self.naming.ask)
        self._context.category_changed.connect(self._forget_naming)
        self._context.unclassified.cleared.connect(self._leave_naming)
        self.naming.named.connect(self.class_named)
        self.naming.discarded.connect(self._discard_drawn)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a bar came or went: without any there is no margin either
            any_shown = any(not bar.isHidden() for bar in (self.naming, *self._banners))
            self._bars.setContentsMargins(tokens.SMALL, tokens.SMALL if any_shown else 0, tokens.SMALL, 0)
        return super().event(event)

    @Slot()
    def begin(self) -> None:
        """Another dataset is open."""
        opened = self._document.opened_draft
        recovered = opened.recovered if opened is not None else None
        self.rescued.say(*_rescued(recovered) if recovered is not None else ("",))
        self.changed.say(*_changed(opened) if opened is not None else ("",))
        self.put_back.setVisible(opened is not None and bool(opened.strays))
        self.bring_back.setVisible(recovered is not None and bool(recovered.lacking))
        self._rescued_on = deque(sorted(recovered.images) if recovered is not None else ())
        anything = recovered is not None and recovered.edits > 0
        self.look.setVisible(bool(self._rescued_on))
        self.discard.setVisible(anything)
        self.keep.setText(tr("Keep") if anything else tr("Dismiss"))
        locked = self._document.locked
        self.refused.say(locked.message if locked else "", locked.hint if locked else "")
        self.naming.hide()
        self._show_saving()

    @Slot()
    def _look(self) -> None:
        """Turn to one of the images after the other."""
        self.image_wanted.emit(self._rescued_on[0])
        self._rescued_on.rotate(-1)

    @Slot()
    def _keep(self) -> None:
        self.rescued.hide()
        self._document.saver.save()

    @Slot()
    def _discard(self) -> None:
        self.rescued.hide()
        self._document.discard_rescued()

    @Slot()
    def _go_on(self) -> None:
        """There is something to undo again."""
        if self.bring_back.isHidden() and self.put_back.isHidden():
            self.changed.hide()

    @Slot()
    def _bring_back(self) -> None:
        self.changed.hide()
        opened, draft = self._document.opened_draft, self._document.editing.draft
        if opened is not None and opened.recovered is not None and draft is not None:
            bring_back, many = opened.recovered.bring_back, len(opened.recovered.lacking) > AT_ONCE
            self._document.editing.perform(tr("Bring back"), lambda: bring_back(draft), long=many)

    @Slot()
    def _leave_so(self) -> None:
        self.changed.hide()
        opened = self._document.opened_draft
        try:
            for stray in opened.strays if opened is not None else ():
                stray.forget()
        except UserError as error:
            self._show_refusal(error)

    @Slot()
    def _put_back(self) -> None:
        opened, path = self._document.opened_draft, self._document.path
        if opened is None or path is None:
            return
        try:
            for stray in opened.strays:
                stray.put_back()
        except UserError as error:
            self._show_refusal(error)
        else:
            self._document.open(path)

    @Slot()
    def _show_saving(self) -> None:
        problem = self._document.saver.problem
        text = in_words(problem) if problem is not None else ("",)
        conflict = self._document.saver.conflict is not None
        for choice in (self.beside, self.overwrite):
            choice.setVisible(conflict)
        self.again.setVisible(not conflict)
        self.unsaved.say(*text)

    @Slot(object)
    def _show_refusal(self, error: Exception) -> None:
        self.refused.say(*in_words(error))

    @Slot()
    def _discard_drawn(self) -> None:
        while self._context.unclassified.take_back():
            pass

    @Slot()
    def _leave_naming(self) -> None:
        self.naming_left.emit()  # first: focus that moves by itself, from a field that hides, shows its ring
        self.naming.hide()

    @Slot()
    def _forget_naming(self) -> None:
        if self._context.category is not None:
            self.naming.hide()


def _rescued(recovered: Recovered) -> tuple[str, str, str]:
    """Message, hint and details."""
    if not recovered.edits and not recovered.skipped:
        return "", "", ""
    lost = (
        tr("{changes} could not be restored.", changes=tr_n("{n} change", "{n} changes", recovered.skipped))
        if recovered.skipped
        else ""
    )
    others = (tr("{file} was changed by somebody else since.", file=file) for file in recovered.changed_files)
    details = "\n".join((*recovered.reasons, *others))
    if not recovered.edits:
        return tr("Work of the last session was not saved: {lost}", lost=lost), "", details
    first, last = recovered.span
    when = tr(" from {span}", span=format.span(first, last, time.time())) if first else ""
    where = (
        tr(" on {images}", images=tr_n("{n} image", "{n} images", len(recovered.images))) if recovered.images else ""
    )
    hint = tr("It is back in its place: keep it, or discard it and go on with what the files have.")
    message = tr(
        "Work{when} was not saved: {changes}{where}.",
        when=when,
        changes=tr_n("{n} change", "{n} changes", recovered.edits),
        where=where,
    )
    return message, f"{lost} {hint}".strip(), details


def _changed(opened: Opened) -> tuple[str, str]:
    """What has become of the files since, not by us: message and hint."""
    recovered, cut = opened.recovered, opened.cut
    begins = tr("Undo begins anew.") if cut else ""
    if opened.strays:
        names = ", ".join(str(stray.path) for stray in opened.strays)
        return (
            tr("{names}: annotated here before, and damaged or gone now.", names=names),
            tr("The newest copy: {backup}", backup=opened.strays[0].backup),
        )
    if recovered is None or not recovered.lacking:
        return (f"{cut[0]} {begins}", "") if cut else ("", "")
    files, number = ", ".join(recovered.changed_files), tr_n("{n} change", "{n} changes", len(recovered.lacking))
    message = tr(
        "Somebody else changed {files}: it lacks {number} that had been saved here.", files=files, number=number
    )
    return message, tr("Bring back what it lacks, or leave it as it is. {begins}", begins=begins).strip()


class _Naming(QWidget):
    """Asks for the class of what was drawn while there was none."""

    named = Signal(str)
    discarded = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.field, self._give = (
            Field(tr("Name of the class of what you drew"), tr("Name of its class")),
            button(tr("Make the class")),
        )
        self.field.setMaximumWidth(tokens.INSPECTOR)
        self._discard = button(tr("Discard"), tip=tr("Take back what you drew (Esc)"))
        bar = row(label(tr("What did you draw?"), "heading"), self.field, self._give, self._discard, None)
        bar.setContentsMargins(tokens.SMALL, 0, tokens.SMALL, 0)
        self.setLayout(bar)
        self.field.returnPressed.connect(self._tell)
        self._give.clicked.connect(self._tell)
        self.field.escaped.connect(self.discarded)
        self._discard.clicked.connect(self.discarded)
        self.hide()

    @Slot()
    def ask(self) -> None:
        """Show the field, ready to type into."""
        self.field.clear()
        self.show()
        self.field.setFocus()

    @Slot()
    def _tell(self) -> None:
        if self.field.text().strip():
            self.named.emit(self.field.text())


class BulkNotice(QWidget):
    """Hidden until then, and again with the next edit: most of what was done is on images that nobody sees."""

    def __init__(self, editing: Editing) -> None:
        super().__init__()
        self._editing = editing
        self.banner = Banner("good")
        self.undo, self.dismiss = self.banner.add_action(tr("Undo")), self.banner.add_action(tr("Dismiss"))
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
        self.banner.say(
            tr(
                "{edit}: {instances} on {images}.",
                edit=edit.name,
                instances=tr_n("{n} instance", "{n} instances", instances(edit)),
                images=tr_n("{n} image", "{n} images", len(touched)),
            )
        )
        self.show()
