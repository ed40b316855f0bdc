"""Datasets that were open before, as cards."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QBrush,
    QContextMenuEvent,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QTransform,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from app.settings.settings import Recent
from app.style import format, icons, theme, tokens
from app.style.format import tool_tip
from app.threads.clock import Clock
from app.threads.workers import LatestWorker
from app.widgets import Card, ElidedLabel, column
from app.widgets.flow import Flow
from core.words import tr, tr_n

_COVER = QSize(512, 288)
_WIDTH = 232


class RecentCards(QWidget):
    """One card for each dataset."""

    chosen = Signal(str)
    """The path of a dataset to open."""
    forgotten = Signal(str)
    """The path of a dataset to take off the list."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._cards: dict[str, _RecentCard] = {}
        self._unread: list[tuple[str, str]] = []
        self._flow = Flow(gap=tokens.MEDIUM, stretch_to=_WIDTH, columns=4)
        self.setLayout(self._flow)
        self._worker = LatestWorker(self)
        self._worker.done.connect(self._on_covers_made)
        clock.ticked.connect(self._show_ages)

    def show_recent(self, entries: Sequence[Recent]) -> None:
        """Show these datasets, in this order."""
        for card in self._cards.values():
            self._flow.removeWidget(card)
            card.hide()  # the focus goes on from what hides, not from what is deleted
            card.deleteLater()
        self._cards = {entry.path: _RecentCard(entry) for entry in entries}
        for path, card in self._cards.items():
            card.clicked.connect(lambda chosen=path: self.chosen.emit(chosen))
            card.forget.connect(lambda chosen=path: self.forgotten.emit(chosen))
            self._flow.addWidget(card)
        self._show_ages()
        self._unread = [(entry.path, entry.cover) for entry in entries]
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._unread:  # not before: the libraries that read pictures would delay the window's first picture
            unread, self._unread = self._unread, []
            QTimer.singleShot(0, self, lambda: self._worker.run(_covers, unread))

    def show_results(self, results: Mapping[str, str]) -> None:
        """The last result for each path, in words."""
        for path, card in self._cards.items():
            card.result.setText(results.get(path, tr("Not trained yet")))

    @Slot()
    def _show_ages(self) -> None:
        for card in self._cards.values():
            card.show_age(self._clock.now)

    @Slot(object)
    def _on_covers_made(self, covers: "dict[str, tuple[bool, QImage]]") -> None:
        for path, (exists, image) in covers.items():
            if path in self._cards:
                self._cards[path].show_cover(exists, image)


class _RecentCard(Card):
    forget = Signal()

    def __init__(self, entry: Recent) -> None:
        super().__init__(clickable=True)
        self.setMinimumWidth(_WIDTH)
        self.setAccessibleName(f"Open {entry.name}")
        self.setToolTip(tool_tip(entry.path))
        self._cover = _Cover()
        counts = f"{tr_n('{n} image', '{n} images', entry.images)} · {tr_n('{n} class', '{n} classes', entry.classes)}"
        name = ElidedLabel(entry.name, "heading")
        facts = ElidedLabel(f"{counts} · {tr_n('{n} instance', '{n} instances', entry.instances)}", "caption")
        self.result = ElidedLabel("", "caption")
        self.when = ElidedLabel("", "caption")
        self._opened, self._exists = entry.opened, True
        text = column(name, facts, self.result, self.when, gap=2)
        text.setContentsMargins(12, tokens.SMALL, 12, 12)
        self.setLayout(column(self._cover, text, gap=0, margin=1))

    def show_cover(self, exists: bool, image: QImage) -> None:
        self._cover.show_image(image)
        self._exists = exists
        if not exists:
            self.when.setText(tr("Not found any more"))

    def show_age(self, now: float) -> None:
        """How long ago the dataset was opened."""
        if self._exists:
            self.when.setText(f"Opened {format.ago(self._opened, now)}")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.addAction(icons.icon("x"), tr("Remove from this list"), self.forget.emit)
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.forget.emit()
        else:
            super().keyPressEvent(event)


class _Cover(QWidget):
    """The picture on a card, cut to fill its place, with the card's round corners at the top."""

    def __init__(self) -> None:
        super().__init__()
        self._image = self._fitted = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(132)

    def show_image(self, image: QImage) -> None:
        self._image = image
        self._fitted = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(rect.adjusted(0, 0, 0, tokens.RADIUS), tokens.RADIUS - 1, tokens.RADIUS - 1)
        if not self._image.isNull():
            painter.fillPath(shape, self._texture())
            return
        painter.fillPath(shape, theme.color("hover"))
        place = QRectF(0, 0, 32, 32)
        place.moveCenter(rect.center())
        icons.paint(painter, "image-square", place, "dim", 0.6)

    def _texture(self) -> QBrush:
        """The picture cut and scaled to fill the widget; scaled once for each size."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._fitted.size() != size:
            how = Qt.AspectRatioMode.KeepAspectRatioByExpanding
            scaled = self._image.scaled(size, how, Qt.TransformationMode.SmoothTransformation)
            left, top = (scaled.width() - size.width()) // 2, (scaled.height() - size.height()) // 2
            self._fitted = scaled.copy(QRect(QPoint(left, top), size))
        brush = QBrush(self._fitted)
        brush.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
        return brush


def _covers(entries: list[tuple[str, str]]) -> dict[str, tuple[bool, QImage]]:
    """For each dataset, whether it is still there and its picture. Runs in a worker."""
    from app.canvas.picture import to_qimage
    from app.gallery.drawing import small
    from core.errors import UserError

    result = {}
    for path, cover in entries:
        image = QImage()
        if cover:
            with contextlib.suppress(UserError):  # the card shows that there is no picture
                image = to_qimage(small(Path(cover), max(_COVER.width(), _COVER.height())))
        result[path] = (Path(path).exists(), image)
    return result
