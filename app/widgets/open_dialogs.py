"""Files and folders: dialogs that ask for them, and handing them over to the programs of the person's system."""

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QGuiApplication, QIcon
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.document.document import Document
from app.style.icons import icon
from core.errors import UserError
from core.plain_text import HIDDEN, printable
from core.runs.command import quote
from core.words import tr

_NO_FILE = tr("save it on this machine first, and drop the file")
_GONE = tr("it was moved, renamed or deleted: drop it once more from where it is now")


def ask_for_folder(parent: QWidget, document: Document) -> None:
    """Let the person choose a dataset folder, and open it."""
    chosen = QFileDialog.getExistingDirectory(parent, tr("Open a folder"), _start(document))
    if chosen:
        document.open(Path(chosen))


def ask_for_file(parent: QWidget, document: Document) -> None:
    """Let the person choose a COCO file or something else that is one file, and open it."""
    kinds = tr("All files (*);;COCO annotations (*.json)")
    chosen, _ = QFileDialog.getOpenFileName(parent, tr("Open a file"), _start(document), kinds)
    if chosen:
        document.open(Path(chosen))


def may_drop(mime: QMimeData) -> bool:
    """Whether something is dragged that can be opened, or of which one may think so."""
    path = _written_path(mime)
    return mime.hasUrls() or mime.hasImage() or (path is not None and path.exists())


def look_only(event: QDropEvent) -> bool:
    """Accept what is dragged, as a copy, or a link where only that is offered; whether one of them is.

    Never as a move, which file managers propose unasked: what was moved is theirs to delete.
    """
    for action in (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction):
        if event.possibleActions() & action:
            event.setDropAction(action)
            event.accept()
            return True
    return False


def dropped(mime: QMimeData) -> list[Path]:
    """The files and folders that were dropped. Raises ``UserError`` where it is something else."""
    urls, written = mime.urls(), _written_path(mime)
    if local := [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]:
        return local
    if urls:
        address = printable(urls[0].toDisplayString(QUrl.ComponentFormattingOption.PrettyDecoded))
        raise UserError(tr("{address} is an address, not a file on this machine", address=address), _NO_FILE)
    if written is not None and written.exists():
        return [written]
    if mime.hasImage():
        raise UserError(tr("this picture is not a file"), _NO_FILE)
    if written is not None:
        raise UserError(tr("{path} is not there any more", path=written), _GONE)
    raise UserError(tr("what was dropped is not there any more"), _GONE)


def _written_path(mime: QMimeData) -> Path | None:
    """A path that is dragged as text, from a terminal or an editor; it may be of nothing."""
    text = mime.text().strip() if mime.hasText() and not mime.hasUrls() else ""
    try:
        path = Path(text).expanduser()
        path.exists()
        return path if text and "\n" not in text and path.is_absolute() else None
    except (RuntimeError, ValueError, OSError):  # “~nobody”, a zero, or longer than any path is: some other text
        return None


def _start(document: Document) -> str:
    """The folder in which a dialog begins."""
    return str(document.path.parent if document.path is not None else Path.home())


def open_outside(path: Path) -> str:
    """Open a file or folder. Returns what to tell the person where that cannot be done, and puts the path on the
    clipboard then; empty when it is open.

    It may come from elsewhere, and to open some things is to run them: a file that is a link to a program, and a folder
    that a system takes for an application.
    """
    if not path.exists():
        return tr("{path} is not there any more", path=path)
    if path.is_symlink() and not path.is_dir():
        return tr("{path} is a link to {target}, and was not opened", path=path, target=path.readlink())
    if sys.platform == "darwin" and path.is_dir() and path.suffix:
        path = path.parent
    if QDesktopServices.openUrl(QUrl.fromLocalFile(f"{path}/" if path.is_dir() else str(path))):
        return ""
    copy_path(path)
    return tr("No program of this system opens it; its path was copied: {path}", path=path)


def copy_path(path: Path) -> None:
    """Put a path on the clipboard; in quotes where it would steer a terminal that it is pasted into."""
    text = str(path)
    QGuiApplication.clipboard().setText(quote([text]) if HIDDEN.search(text) else text)


def add_file_actions(
    menu: QMenu, path: Callable[[], Path | None], say: Callable[[str], object], *, icons: bool = False
) -> None:
    """Entries of a menu for the file that ``path`` returns, ``None`` where there is none: show it in its folder, and
    copy its path. ``say`` tells the person what came of it, see ``open_outside``."""

    def show() -> None:
        if (file := path()) is not None:
            say(open_outside(file.parent))

    def copy() -> None:
        if (file := path()) is not None:
            copy_path(file)
            say(tr("Copied: {path}", path=file))

    menu.addAction(icon("folder-open") if icons else QIcon(), tr("Show in its folder"), show)
    menu.addAction(icon("copy") if icons else QIcon(), tr("Copy its path"), copy)
