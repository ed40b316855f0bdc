"""Pictures from files: a strip of them that renews, and one large over the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Slot
from PySide6.QtGui import QImage, QImageReader, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QScrollArea, QWidget

from app import theme, tokens
from app.workers import Lane

_LARGEST = 2048
"""Longest side, in pixels, that is ever decoded."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture made ready off the GUI thread: as a click enlarges it, and as small as the strip shows it."""

    large: QImage
    small: QImage


def read_pictures(files: Sequence[Path], height: int) -> list[Shown]:
    """Decode pictures, scaled down to what a screen shows; those that cannot be read are left out."""
    return [made_small(image, height) for file in files if not (image := _read(file)).isNull()]


def made_small(image: QImage, height: int) -> Shown:
    """With a copy ``height`` pixels high."""
    return Shown(image, image.scaledToHeight(height, Qt.TransformationMode.SmoothTransformation))


def _read(file: Path) -> QImage:
    reader = QImageReader(str(file))
    size = reader.size()
    if max(size.width(), size.height()) > _LARGEST:
        reader.setScaledSize(size.scaled(_LARGEST, _LARGEST, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class Picture(QAbstractButton):
    """A picture that keeps its proportions at a given height; a click enlarges it."""

    def __init__(self, shown: Shown, height: int, name: str) -> None:
        super().__init__()
        self.image, self._small = shown.large, shown.small
        width = round(self.image.width() * height / max(self.image.height(), 1))
        self.setFixedSize(QSize(width, height))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: click to enlarge")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), self._small)
        if self.hasFocus() or self.underMouse():
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


class PictureStrip(QScrollArea):
    """Pictures side by side. New ones are decoded in a thread and take the place of the old at once."""

    def __init__(self, height: int, name: str) -> None:
        """``name`` is what each picture is called, with its number."""
        super().__init__()
        self._height, self._name = height, name
        self._files: tuple[Path, ...] = ()
        self.pictures: list[Picture] = []
        self._lane = Lane(self)
        self._lane.done.connect(self.show_pictures)
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
        """How high a small picture should be made, in pixels of the screen."""
        return round(self._height * self.devicePixelRatioF())

    def show_files(self, files: Sequence[Path]) -> None:
        """Show these pictures; the ones in view stay until they are decoded."""
        if tuple(files) != self._files:
            self._files = tuple(files)
            self._lane.run(read_pictures, self._files, self.pixels)

    @Slot(object)
    def show_pictures(self, shown: Sequence[Shown]) -> None:
        """Show pictures that are ready."""
        for picture in self.pictures:
            self._row.removeWidget(picture)
            picture.deleteLater()
        self.pictures = []
        for number, one in enumerate(shown, 1):
            picture = Picture(one, self._height, f"{self._name} {number}")
            picture.clicked.connect(partial(self._enlarge, picture))
            self.pictures.append(picture)
            self._row.insertWidget(self._row.count() - 1, picture)

    def _enlarge(self, picture: Picture) -> None:
        Lightbox(self.window(), [picture.image for picture in self.pictures], self.pictures.index(picture))


class Lightbox(QWidget):
    """One picture over the whole window. Arrow keys turn the page, Escape or a click closes."""

    def __init__(self, window: QWidget, images: Sequence[QImage], index: int) -> None:
        super().__init__(window)
        self._images, self._index = images, index
        self._back = window.focusWidget()
        self.setObjectName("lightbox")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Enlarged picture; Escape closes it")
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Right:
                self._index = min(self._index + 1, len(self._images) - 1)
            case Qt.Key.Key_Left:
                self._index = max(self._index - 1, 0)
            case Qt.Key.Key_Escape | Qt.Key.Key_Return | Qt.Key.Key_Space:
                self._leave()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._back is not None:
            self._back.setFocus(Qt.FocusReason.PopupFocusReason)
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
        words = f"{self._index + 1} of {len(self._images)}  ·  ← → turn  ·  Esc closes"
        painter.drawText(self.rect().adjusted(0, 0, 0, -tokens.SMALL), _BELOW, words)


_BELOW = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
