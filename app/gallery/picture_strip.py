"""Pictures from files: a strip of them that renews, and one large over the window."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QWidget
from shiboken6 import isValid

from app.style import theme, tokens
from app.style.format import tool_tip
from app.style.icons import icon
from app.threads.workers import LatestWorker
from app.widgets.buttons import tool_button
from app.widgets.containers import Overlay, column, row
from app.widgets.focus import hand_on, places
from core.words import tr

_LARGEST = 2048
"""Longest side, in pixels, that is ever decoded."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded picture in two sizes: as a click enlarges it, and as the strip shows it."""

    large: QImage
    small: QImage


def read_pictures(files: Sequence[Path], height: int) -> list[Shown]:
    """Decode pictures, scaled down to what a screen shows; those that cannot be read are left out."""
    from app.canvas.picture import to_qimage
    from core.errors import UserError
    from core.images.decoding import thumbnail

    shown = []
    for file in files:
        with contextlib.suppress(UserError):
            shown.append(made_small(to_qimage(thumbnail(file, _LARGEST)), height))
    return shown


def made_small(image: QImage, height: int) -> Shown:
    """``image``, and a copy of it ``height`` pixels high."""
    return Shown(image, image.scaledToHeight(height, Qt.TransformationMode.SmoothTransformation))


class PictureButton(QAbstractButton):
    """A picture that keeps its proportions at a given height; a click enlarges it."""

    def __init__(self, height: int, name: str) -> None:
        super().__init__()
        self._height = height
        self.image, self._small = QImage(), QImage()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.setToolTip(tool_tip(tr("{name}: click to enlarge", name=name)))

    def show_picture(self, shown: Shown) -> None:
        """Show another picture in this place."""
        self.image, self._small = shown.large, shown.small
        width = round(self.image.width() * self._height / max(self.image.height(), 1))
        self.setFixedSize(QSize(width, self._height))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._small)
        if self.hasFocus() or self.underMouse():
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class PictureStrip(QScrollArea):
    """Pictures side by side. New ones are decoded in a thread and replace the old ones together."""

    def __init__(self, height: int, name: str) -> None:
        """``name`` is what each picture is called, with its number."""
        super().__init__()
        self._height, self._name = height, name
        self._files: tuple[Path, ...] = ()
        self.note = ""
        """What is to be said about the pictures that are shown next, below the one that is enlarged."""
        self._shown_note = ""
        self.pictures: list[PictureButton] = []
        self._enlarged: Lightbox | None = None
        self._worker = LatestWorker(self)
        self._worker.done.connect(self.show_pictures)
        self._content = QWidget()
        self._row = QHBoxLayout(self._content)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.SMALL)
        self._row.addStretch(1)
        self.setWidget(self._content)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(height + 12)

    @property
    def pixels(self) -> int:
        """The height of ``Shown.small`` in device pixels."""
        return round(self._height * self.devicePixelRatioF())

    def clear(self) -> None:
        """Show nothing, also of what is being decoded."""
        self._files = ()
        self._worker.drop()
        self.show_pictures(())

    def show_files(self, files: Sequence[Path]) -> None:
        """Show these pictures; the ones in view stay until they are decoded."""
        if tuple(files) != self._files:
            self._files = tuple(files)
            self._worker.run(read_pictures, self._files, self.pixels)

    @Slot(object)
    def show_pictures(self, shown: Sequence[Shown]) -> None:
        """Show pictures that are ready. A place that stays keeps the focus."""
        for picture in self.pictures[len(shown) :]:
            picture.hide()
            picture.deleteLater()
        del self.pictures[len(shown) :]
        for number in range(len(self.pictures), len(shown)):
            picture = PictureButton(self._height, tr("{name} {number}", name=self._name, number=number + 1))
            picture.clicked.connect(partial(self._enlarge, number))
            self.pictures.append(picture)
            self._row.insertWidget(number, picture)
        for picture, one in zip(self.pictures, shown, strict=True):
            picture.show_picture(one)
        self._shown_note = self.note

    def _enlarge(self, number: int) -> None:
        images = [picture.image for picture in self.pictures]
        self._enlarged = Lightbox(self.window(), images, number, self._shown_note)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous() and self._enlarged is not None and isValid(self._enlarged):
            self._enlarged.close()  # another page is in view


class Lightbox(Overlay):
    """One picture over the whole window. Arrow keys turn to the others; Escape, its button or a click close it.

    It keeps its pictures itself: those in the strip, or the strip, may go away meanwhile.
    """

    def __init__(self, window: QWidget, images: Sequence[QImage], index: int, note: str = "") -> None:
        """``note``: what is said of the pictures."""
        super().__init__(window)
        self._images, self._index, self._note = images, index, note
        self.setObjectName("lightbox")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Enlarged picture; Escape closes it"))
        self.close_button = tool_button("x", tr("Close"), tr("Escape"))
        self.close_button.setIcon(icon("x", "on_scrim"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.close_button.clicked.connect(self.close)
        self.setLayout(column(row(None, self.close_button), None, margin=tokens.SMALL))
        before = window.focusWidget()
        if before is not None:
            hand_on(self, *places(before))
        self.cover()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def words(self) -> str:
        """What stands below the picture."""
        place = tr("{index} of {images}", index=self._index + 1, images=len(self._images))
        return "  ·  ".join(filter(None, (self._note, place, tr("← → turn"), tr("Esc closes"))))

    def focusNextPrevChild(self, forward: bool) -> bool:
        return self.isVisible() or super().focusNextPrevChild(forward)  # Tab leads to nothing that lies under it

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            QTimer.singleShot(0, self, self._stay)

    def _stay(self) -> None:
        """Take the focus back: Escape must close what is on top."""
        if self.isVisible():
            self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right:
                self._index = min(self._index + 1, len(self._images) - 1)
            case Qt.Key.Key_Left:
                self._index = max(self._index - 1, 0)
            case Qt.Key.Key_Escape | Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.close()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.close()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), theme.color("scrim"))
        image = self._images[self._index]
        room = self.rect().adjusted(tokens.LARGE, tokens.LARGE, -tokens.LARGE, -2 * tokens.LARGE)
        place = QRect(room.topLeft(), image.size().scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
        place.moveCenter(room.center())
        painter.drawImage(place, image)
        painter.setPen(theme.color("on_scrim"))
        painter.drawText(self.rect().adjusted(0, 0, 0, -tokens.SMALL), _BELOW, self.words)


_BELOW = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
