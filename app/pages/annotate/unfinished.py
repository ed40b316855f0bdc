"""Shapes that were begun and are not finished, one an image: they wait until the person is back with their tool."""

from app.settings import toolbox
from app.tools.tool import Tool
from app.tools.tool_context import ToolContext
from core.annotation.storage.image_keys import key_of
from core.annotation.storage.recovery import Opened
from core.annotation.storage.unfinished import BegunPrompts, BegunRegion, BegunRing, Unfinished, read, write
from core.errors import UserError
from core.words import tr, tr_n

_BEGUN_BY = {"polygon": BegunRing, "scissors": BegunRing, "grab_cut": BegunRegion, "sam": BegunPrompts}
"""What each tool, by its key, leaves unfinished."""
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
        self._announced = False
        """Whether the person knows of what an earlier session has left."""

    def begin(self, opened: Opened | None) -> None:
        """Another dataset is open, or none."""
        self._opened, self._announced = opened, False
        self._waiting, self._elsewhere = {}, []
        if opened is None:
            return
        stored = [each for each in read(opened.journal.folder) if isinstance(each.begun, _BEGUN_BY.get(each.tool, ()))]
        by_key = {each.place: each for each in stored}
        for image in opened.draft.dataset.images if by_key else ():
            known = by_key.pop(key_of(opened.draft.dataset, image), None)
            if known is not None and known.size == (image.height, image.width):
                self._waiting[image.index] = known
        self._elsewhere = list(by_key.values())

    def set_aside(self, tool: Tool) -> None:
        """Another image, page or dataset comes, or the window closes: what is begun becomes no instance by itself, and
        is not lost."""
        index, begun = self._context.image, tool.set_aside()
        if begun is None or index is None or self._opened is None:
            return
        dataset = self._opened.draft.dataset
        image, title = dataset.images[index], tool.entry.title
        self._waiting[index] = Unfinished(key_of(dataset, image), (image.height, image.width), tool.key, begun)
        message = tr(
            "{tool}: what is not finished waits on {image} until you are back", tool=title, image=image.file_name
        )
        self._context.status_message.emit(message)
        self._write()

    def go_on(self, tool: Tool) -> None:
        """With what waits on the image in view, if this is its tool; says so where it is not, or once where an earlier
        session has left something on other images."""
        image = self._context.image
        if image is None or tool.busy():
            return
        announced, self._announced = self._announced, True
        waiting = self._waiting.get(image)
        if waiting is None:
            if not announced and self._opened is not None and self._waiting:
                images = self._opened.draft.dataset.images
                names = [images[index].file_name for index in sorted(self._waiting)]
                shown = ", ".join(names[:_NAMED]) + (" …" if len(names) > _NAMED else "")
                self._context.status_message.emit(
                    tr_n(
                        "{n} shape not finished yet, on {images}",
                        "{n} shapes not finished yet, on {images}",
                        len(names),
                        images=shown,
                    )
                )
            return
        title = toolbox.entry(waiting.tool).title
        if waiting.tool != tool.key:
            message = tr("{tool}: something here is not finished; take that tool to go on with it", tool=title)
            self._context.status_message.emit(message)
            return
        del self._waiting[image]
        tool.take_up(waiting.begun)
        message = tr("{tool}: go on with what you had begun; Enter keeps it, Escape throws it away", tool=title)
        self._context.status_message.emit(message)
        self._write()

    def _write(self) -> None:
        if self._opened is None:
            return
        try:
            write(self._opened.journal.folder, [*self._waiting.values(), *self._elsewhere])
        except UserError as error:
            self._context.status_message.emit(str(error))
