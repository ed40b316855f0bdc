"""A horizontal strip of thumbnails, in which the image in view is marked."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea

from app.gallery.thumbnails import Shapes, Thumbnails
from app.style import icons, theme, tokens
from core.dataset import Dataset, Image
from core.words import tr

_TILE = QSize(88, 66)
_RADIUS = 3.0
_STEP = _TILE.width() + tokens.SMALL
_MARK = 18.0

Mark = tuple[str, str]
"""An icon and its color token."""


class Filmstrip(QAbstractScrollArea):
    """Shows any number of images. A click or the arrow keys turn to another; ``step`` is for shortcuts."""

    chosen = Signal(object)
    """The ``Image`` that the person turned to."""
    menu_requested = Signal(QPoint)
    """The person wants to know what can be done with the image in view; the place on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._images: Sequence[Image] = ()
        self._places: dict[int, int] = {}
        self._mark: Callable[[Image], Mark | None] = lambda image: None
        self.row = -1
        """The place of the image that is marked, −1 when there is none."""
        self._thumbnails = Thumbnails(self)
        self._thumbnails.set_masks(False)
        self._thumbnails.ready.connect(self.viewport().update)
        self.setFixedHeight(_TILE.height() + 2 * tokens.SMALL + 10)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.horizontalScrollBar().setSingleStep(_STEP)
        self.horizontalScrollBar().valueChanged.connect(self._refresh)
        self._name()

    @property
    def image(self) -> Image | None:
        """The image that is marked."""
        return self._images[self.row] if 0 <= self.row < len(self._images) else None

    def count(self) -> int:
        return len(self._images)

    def at(self, row: int) -> Image | None:
        """The image in ``row``; ``None`` beyond the ends."""
        return self._images[row] if 0 <= row < len(self._images) else None

    def place(self, index: int) -> int | None:
        """The row of the image with this ``Image.index``; ``None`` when it is not shown."""
        return self._places.get(index)

    def mark_with(self, mark: Callable[[Image], Mark | None]) -> None:
        """Put an icon into the corner of the images for which ``mark`` gives one."""
        self._mark = mark

    def draw_over(self, shapes: Shapes | None) -> None:
        """Draw these masks over the images; ``None``: none."""
        self._thumbnails.set_masks(shapes is not None, shapes)

    def redraw(self, images: Iterable[int] | None = None) -> None:
        """The masks of these images, by ``Image.index``, or of all, have changed."""
        self._thumbnails.redraw(images)
        self._refresh()

    def show_images(self, dataset: Dataset | None, images: Sequence[Image]) -> None:
        """Show these images; the first is marked, without ``chosen``."""
        self._images, self.row = images, 0 if images else -1
        self._places = {image.index: place for place, image in enumerate(images)}
        ratio = self.devicePixelRatioF()
        room = round(_TILE.width() * ratio), round(_TILE.height() * ratio)
        self._thumbnails.set_room(room, _RADIUS * ratio)
        self._thumbnails.set_dataset(dataset)
        self.horizontalScrollBar().setValue(0)
        self._name()
        self._refresh()

    @Slot(int)
    def step(self, by: int) -> None:
        """Turn to the image ``by`` places to the right."""
        self.choose(min(max(self.row + by, 0), len(self._images) - 1))

    def choose(self, row: int) -> None:
        """Mark the image in ``row``, and emit ``chosen`` if it is another."""
        if 0 <= row < len(self._images) and row != self.row:
            self.mark(row)
            self.chosen.emit(self._images[row])

    def mark(self, row: int) -> None:
        """Mark the image in ``row`` and scroll to it, without ``chosen``."""
        self.row = row
        bar, cell = self.horizontalScrollBar(), self._cell(self.row)
        if cell.left() < tokens.SMALL:
            bar.setValue(bar.value() + cell.left() - _STEP)
        elif cell.right() > self.viewport().width() - tokens.SMALL:
            bar.setValue(bar.value() + cell.right() - self.viewport().width() + _STEP)
        self._name()
        self.viewport().update()

    def _name(self) -> None:
        if (image := self.image) is None:
            self.setAccessibleName(tr("Images, empty"))
            return
        sentence = tr(
            "Images, {place} of {images}: {file}", place=self.row + 1, images=len(self._images), file=image.file_name
        )
        self.setAccessibleName(sentence)

    # Where things lie

    def _cell(self, row: int) -> QRect:
        left = tokens.SMALL + row * _STEP - self.horizontalScrollBar().value()
        return QRect(left, tokens.SMALL, _TILE.width(), _TILE.height())

    def _in_view(self) -> range:
        first = max(self.horizontalScrollBar().value() // _STEP, 0)
        return range(first, min(first + self.viewport().width() // _STEP + 2, len(self._images)))

    @Slot()
    def _refresh(self) -> None:
        """Other images are in view, or they look different now."""
        width = len(self._images) * _STEP + tokens.SMALL
        self.horizontalScrollBar().setRange(0, max(width - self.viewport().width(), 0))
        self.horizontalScrollBar().setPageStep(self.viewport().width())
        self._thumbnails.request([self._images[row] for row in self._in_view()])
        self.viewport().update()

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._refresh()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta()
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - turned.y() - turned.x())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = (event.position().toPoint().x() + self.horizontalScrollBar().value() - tokens.SMALL) // _STEP
        self.choose(row)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.image is not None:
            by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
            middle = self.viewport().mapToGlobal(self._cell(self.row).center())
            self.menu_requested.emit(event.globalPos() if by_mouse else middle)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Left:
                self.step(-1)
            case Qt.Key.Key_Right:
                self.step(1)
            case Qt.Key.Key_Home:
                self.choose(0)
            case Qt.Key.Key_End:
                self.choose(len(self._images) - 1)
            case _:
                super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        for row in self._in_view():
            cell = self._cell(row)
            thumbnail = self._thumbnails.get(self._images[row])
            if thumbnail is None:
                painter.fillRect(cell, theme.color("raised"))
            elif not thumbnail.isNull():
                place = QRect(cell.topLeft(), thumbnail.size().scaled(cell.size(), Qt.AspectRatioMode.KeepAspectRatio))
                place.moveCenter(cell.center())
                painter.drawImage(place, thumbnail)
            if (mark := self._mark(self._images[row])) is not None:
                icon, color = mark
                circle = QRectF(cell.right() - _MARK - 2, cell.top() + 3, _MARK, _MARK)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("surface"))
                painter.drawEllipse(circle)
                icons.paint(painter, icon, circle.adjusted(1, 1, -1, -1), color)
            if row == self.row:
                width = 3 if self.hasFocus() else 2
                painter.setPen(QPen(theme.color("accent"), width))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(cell.adjusted(-2, -2, 1, 1), 3, 3)
