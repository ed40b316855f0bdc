"""Shapes that were begun and are not finished, one an image: they wait until the person is back with their tool."""

from app.settings import toolbox
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext
from core.annotation.storage.image_keys import key_of
from core.annotation.storage.recovery import Opened
from core.annotation.storage.unfinished import Prompts, Region, Ring, Unfinished, read, write
from core.dataset import Dataset
from core.errors import UserError
from core.words import tr, tr_n

_KINDS = {"polygon": Ring, "scissors": Ring, "grab_cut": Region, "sam": Prompts}
"""What is left of which tool."""
_NAMED = 3
"""Images that a message names at most."""


class UnfinishedShapes:
    """Of the dataset that is open; kept on the disk with every change."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._opened: Opened | None = None
        self._waiting: dict[int, Unfinished] = {}
        """By ``Image.index``."""
        self._elsewhere: list[Unfinished] = []
        """On images that are not there now, and may be again."""
        self._told = False
        """Whether the person knows of what an earlier session has left."""

    def begin(self, opened: Opened | None) -> None:
        """Another dataset is open, or none."""
        self._opened = opened
        kept = read(opened.journal.folder) if opened is not None else []
        self._waiting, self._elsewhere = _found(opened.draft.dataset, kept) if opened is not None else ({}, [])
        self._told = False

    def set_aside(self, tool: Tool) -> None:
        """Another image, page or dataset comes, or the window closes: what is begun becomes no instance by itself, and
        is not lost."""
        image, begun = self._context.image, tool.set_aside()
        if begun is None or image is None or self._opened is None:
            return
        dataset = self._opened.draft.dataset
        entry = dataset.images[image]
        self._waiting[image] = Unfinished(key_of(dataset, entry), (entry.height, entry.width), tool.key, begun)
        self._say(
            tr(
                "{title}: what is not finished waits on {file_name} until you are back",
                title=tool.entry.title,
                file_name=entry.file_name,
            )
        )
        self._write()

    def go_on(self, tool: Tool) -> None:
        """With what waits on the image in view, if this is its tool; says so where it is not."""
        image = self._context.image
        if image is None or tool.busy():
            return
        told, self._told = self._told, True
        if image not in self._waiting:
            if not told:
                self._tell()
            return
        waiting = self._waiting[image]
        title = toolbox.entry(waiting.tool).title
        if waiting.tool != tool.key:
            self._say(tr("{title}: something here is not finished; take that tool to go on with it", title=title))
            return
        del self._waiting[image]
        tool.take_up(waiting.begun)
        self._say(tr("{title}: go on with what you had begun; Enter keeps it, Escape throws it away", title=title))
        self._write()

    def _tell(self) -> None:
        """Where an earlier session has left something."""
        if self._opened is None or not self._waiting:
            return
        names = [self._opened.draft.dataset.images[index].file_name for index in sorted(self._waiting)]
        more = " …" if len(names) > _NAMED else ""
        self._say(
            tr(
                "{shapes} not finished yet, on {names}{more}",
                shapes=tr_n("{n} shape", "{n} shapes", len(names)),
                names=", ".join(names[:_NAMED]),
                more=more,
            )
        )

    def _write(self) -> None:
        if self._opened is None:
            return
        try:
            write(self._opened.journal.folder, [*self._waiting.values(), *self._elsewhere])
        except UserError as error:
            self._say(str(error))

    def _say(self, text: str) -> None:
        self._context.said.emit(text)


def _found(dataset: Dataset, kept: list[Unfinished]) -> tuple[dict[int, Unfinished], list[Unfinished]]:
    """What is kept, by image, where that is as it was; and what is on images that are not there."""
    by_key = {each.place: each for each in kept if isinstance(each.begun, _KINDS.get(each.tool, ()))}
    found = {}
    for image in dataset.images if by_key else ():
        known = by_key.pop(key_of(dataset, image), None)
        if known is not None and known.size == (image.height, image.width):
            found[image.index] = known
    return found, [*by_key.values()]
