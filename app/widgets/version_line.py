"""A line above every page that says which version of the annotations is open, where there are two."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame

from app.style import format, icons, tokens
from app.style.format import breakable, tool_tip
from app.widgets.buttons import button
from app.widgets.containers import row
from app.widgets.labels import label
from app.widgets.states import error_texts
from core.errors import UserError
from core.words import tr

if TYPE_CHECKING:
    from core.dataset.folder.versions import Version

_ICON = 16


class VersionLine(QFrame):
    """Hidden while there is one version only."""

    other_requested = Signal()
    """The person wants to see the other version."""
    choice_requested = Signal()
    """The person wants to choose which version is to count."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("versionline")
        self._versions: Sequence[Version] = ()
        self._problem: UserError | None = None
        self._text = label(wrap=True)
        self.other, self.choose = button(tr("Open theirs")), button(tr("Choose"))
        self.choose.setToolTip(tr("Go to the Annotate page, which asks which version is to count"))
        bar = row(icons.Icon("git-branch", _ICON, "warning_text"), self._text, self.other, self.choose)
        bar.setStretch(1, 1)
        bar.setContentsMargins(tokens.LARGE, tokens.TINY, tokens.MEDIUM, tokens.TINY)
        self.setLayout(bar)
        self.other.clicked.connect(self.other_requested)
        self.choose.clicked.connect(self.choice_requested)
        self._update()

    @property
    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return self.accessibleName() if not self.isHidden() else ""

    @Slot(object)
    def show_versions(self, versions: "Sequence[Version]") -> None:
        """These files of the open dataset have another version."""
        self._versions = versions
        self._update()

    @Slot(object)
    def show_problem(self, problem: UserError | None) -> None:
        """Whether the person has yet to say which version counts: ``problem`` says what somebody else changed."""
        self._problem = problem
        self._update()

    def _update(self) -> None:
        self.choose.setVisible(self._problem is not None)
        self.other.setVisible(self._problem is None)
        mine = [version for version in self._versions if version.is_mine]
        shown = mine or self._versions
        open_now = format.named([version.shown.name for version in shown])
        other = format.named([version.other.name for version in shown])
        if self._problem is not None:
            problem, _, _ = error_texts(self._problem)
            text = tr("{problem}. What you drew since is not in there.", problem=problem)
        elif not shown:
            text = ""
        elif mine:
            self.other.setText(tr("Open theirs"))
            tip = tr("Go on with {theirs}; your version is kept, and can be opened again", theirs=other)
            self.other.setToolTip(tool_tip(tip))
            text = tr(
                "Your version is open and trained on: {mine}. Somebody else’s is {theirs}.", mine=open_now, theirs=other
            )
        else:
            self.other.setText(tr("Open mine"))
            tip = tr("Go on with {mine}; theirs stays as it is, and can be opened again", mine=other)
            self.other.setToolTip(tool_tip(tip))
            text = tr(
                "Somebody else’s version is open and trained on: {theirs}. Yours is {mine}.",
                theirs=open_now,
                mine=other,
            )
        self._text.setText(breakable(text))
        self.setAccessibleName(text)
        self.setVisible(bool(text))
