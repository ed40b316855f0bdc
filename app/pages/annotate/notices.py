"""Bars above the picture: what was rescued, why nothing is saved, what a drawn shape waits for, what was done to many
images at once. Nothing is modal."""

import time
from collections import deque

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.document.editing import AT_ONCE
from app.pages.annotate.naming_bar import NamingBar
from app.style import format, tokens
from app.tools.tool_context import ToolContext
from app.widgets import column
from app.widgets.states import Banner, error_texts
from core.annotation.editing.edits import instances, labelled_images
from core.annotation.storage.recovery import Opened, Recovered
from core.errors import UserError
from core.words import tr, tr_n


class Notices(QWidget):
    """Each bar is there only while it has something to say."""

    image_requested = Signal(int)
    """The person wants to see the image with this index."""

    def __init__(self, document: Document, context: ToolContext) -> None:
        super().__init__()
        self._document = document
        self.naming = NamingBar(context)
        self.rescued, self.changed = Banner("accent"), Banner("accent")
        self.unsaved, self.refused = Banner("warning"), Banner("bad")
        self.bulk = Banner("good")
        """Says what was done to many images, most of which nobody sees; goes with the next edit."""
        self.look = self.rescued.add_action(tr("Show"))
        self.look.setToolTip(tr("Go to the images that it is on, one after the other"))
        self.keep = self.rescued.add_action(tr("Keep"))
        self.keep.setToolTip(tr("Save it"))
        self.discard = self.rescued.add_action(tr("Discard"))
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
        self.dismiss_refused = self.refused.add_action(tr("Dismiss"))
        self.undo_bulk = self.bulk.add_action(tr("Undo"))
        self.dismiss_bulk = self.bulk.add_action(tr("Dismiss"))
        self._rescued_on: deque[int] = deque()
        """The images with rescued work, the next to be shown first."""
        self._bars = (self.naming, self.rescued, self.changed, self.unsaved, self.refused, self.bulk)
        self._column = column(*self._bars)
        self.setLayout(self._column)
        self._connect()
        self.begin()

    def _connect(self) -> None:
        saver, editing = self._document.saver, self._document.editing
        self.look.clicked.connect(self._show_rescued)
        for decided in (self.keep, self.discard):
            decided.clicked.connect(self.rescued.hide)
        self.keep.clicked.connect(saver.save)
        self.discard.clicked.connect(self._document.discard_rescued)
        self.bring_back.clicked.connect(self._bring_back)
        self.put_back.clicked.connect(self._put_back)
        self.leave_so.clicked.connect(self._leave_unreadable)
        self.beside.clicked.connect(saver.beside)
        self.overwrite.clicked.connect(saver.overwrite)
        self.again.clicked.connect(saver.save)
        self.dismiss_refused.clicked.connect(self.refused.hide)
        self.undo_bulk.clicked.connect(editing.undo)
        for signal in (self.dismiss_bulk.clicked, editing.began, editing.repeated):
            signal.connect(self.bulk.hide)
        saver.changed.connect(self._show_saving)
        saver.saved.connect(self.rescued.hide)
        editing.refused.connect(self._show_refusal)
        editing.edited.connect(self._on_edited)
        self._document.opened.connect(self.begin)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a bar came or went: without any there is no margin either
            any_shown = any(not bar.isHidden() for bar in self._bars)
            self._column.setContentsMargins(tokens.SMALL, tokens.SMALL if any_shown else 0, tokens.SMALL, 0)
        return super().event(event)

    @Slot()
    def begin(self) -> None:
        """Another dataset is open."""
        opened = self._document.opened_draft
        recovered = opened.recovered if opened is not None else None
        self.rescued.say(*_about_rescued(recovered) if recovered is not None else ("",))
        self.changed.say(*_about_changed(opened) if opened is not None else ("",))
        self.put_back.setVisible(opened is not None and bool(opened.strays))
        self.bring_back.setVisible(recovered is not None and bool(recovered.lost_work))
        self._rescued_on = deque(sorted(recovered.images) if recovered is not None else ())
        anything = recovered is not None and recovered.edits > 0
        self.look.setVisible(bool(self._rescued_on))
        self.discard.setVisible(anything)
        self.keep.setText(tr("Keep") if anything else tr("Dismiss"))
        locked = self._document.locked
        self.refused.say(locked.message if locked else "", locked.hint if locked else "")
        self.naming.hide()
        self._show_saving()

    def show_bulk(self, *, everywhere: bool) -> None:
        """Say what the last edit did, where it touched several images; ``everywhere``: where it was for all of them,
        however many that are."""
        edit = self._document.editing.last
        touched = labelled_images(edit) if edit is not None else ()
        if edit is None or not (len(touched) > 1 or (everywhere and touched)):
            self.bulk.hide()
            return
        self.bulk.say(
            tr(
                "{edit}: {instances} on {images}.",
                edit=edit.name,
                instances=tr_n("{n} instance", "{n} instances", instances(edit)),
                images=tr_n("{n} image", "{n} images", len(touched)),
            )
        )

    @Slot()
    def _show_rescued(self) -> None:
        """Turn to one of the images after the other."""
        self.image_requested.emit(self._rescued_on[0])
        self._rescued_on.rotate(-1)

    @Slot()
    def _on_edited(self) -> None:
        """Whoever goes on with what was rescued has kept it; and there is something to undo again."""
        self.rescued.hide()
        if self.bring_back.isHidden() and self.put_back.isHidden():
            self.changed.hide()

    @Slot()
    def _bring_back(self) -> None:
        self.changed.hide()
        opened, draft = self._document.opened_draft, self._document.editing.draft
        if opened is not None and opened.recovered is not None and draft is not None:
            bring_back, many = opened.recovered.bring_back, len(opened.recovered.lost_work) > AT_ONCE
            self._document.editing.perform(tr("Bring back"), lambda: bring_back(draft), long=many)

    @Slot()
    def _leave_unreadable(self) -> None:
        """The files that cannot be read stay as they are."""
        self.changed.hide()
        opened = self._document.opened_draft
        try:
            for file in opened.strays if opened is not None else ():
                file.forget()
        except UserError as error:
            self._show_refusal(error)

    @Slot()
    def _put_back(self) -> None:
        opened, path = self._document.opened_draft, self._document.path
        if opened is None or path is None:
            return
        try:
            for file in opened.strays:
                file.put_back()
        except UserError as error:
            self._show_refusal(error)
        else:
            self._document.open(path)

    @Slot()
    def _show_saving(self) -> None:
        problem = self._document.saver.problem
        conflict = self._document.saver.conflict is not None
        for choice in (self.beside, self.overwrite):
            choice.setVisible(conflict)
        self.again.setVisible(not conflict)
        self.unsaved.say(*error_texts(problem) if problem is not None else ("",))

    @Slot(object)
    def _show_refusal(self, error: Exception) -> None:
        self.refused.say(*error_texts(error))


def _about_rescued(recovered: Recovered) -> tuple[str, str, str]:
    """Message, hint and details."""
    if not recovered.edits and not recovered.skipped:
        return "", "", ""
    lost = tr_n("{n} change could not be restored.", "{n} changes could not be restored.", recovered.skipped)
    others = (tr("{file} was changed by somebody else since.", file=file) for file in recovered.changed_files)
    details = "\n".join((*recovered.reasons, *others))
    if not recovered.edits:
        return tr("Work of the last session was not saved: {lost}", lost=lost), "", details
    changes = tr_n("{n} change", "{n} changes", recovered.edits)
    if recovered.images:
        where = tr_n("{n} image", "{n} images", len(recovered.images))
        changes = tr("{changes} on {images}", changes=changes, images=where)
    message = tr("Work was not saved: {changes}.", changes=changes)
    if recovered.span[0]:
        span = format.span(*recovered.span, time.time())
        message = tr("Work from {span} was not saved: {changes}.", span=span, changes=changes)
    hint = tr("It is back in its place: keep it, or discard it and go on with what the files have.")
    return message, f"{lost} {hint}" if recovered.skipped else hint, details


def _about_changed(opened: Opened) -> tuple[str, str]:
    """What has become of the files since, not by us: message and hint."""
    recovered, cut = opened.recovered, opened.cut
    begins = tr("Undo begins anew.") if cut else ""
    if opened.strays:
        names = ", ".join(str(file.path) for file in opened.strays)
        return (
            tr("{names}: annotated here before, and damaged or gone now.", names=names),
            tr("The newest copy: {backup}", backup=opened.strays[0].backup),
        )
    if recovered is None or not recovered.lost_work:
        return (f"{cut[0]} {begins}", "") if cut else ("", "")
    message = tr(
        "Somebody else changed {files}: it lacks {changes} that had been saved here.",
        files=", ".join(recovered.changed_files),
        changes=tr_n("{n} change", "{n} changes", len(recovered.lost_work)),
    )
    return message, " ".join(filter(None, (tr("Bring back what it lacks, or leave it as it is."), begins)))
