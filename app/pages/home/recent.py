"""Datasets that were open before, as cards."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

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
        names = card_names(entries)
        self._cards = {entry.path: _RecentCard(entry, names[entry.path]) for entry in entries}
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
        """``results``: path of a dataset → the result of its last training, in words."""
        for path, card in self._cards.items():
            card.result.setText(results.get(path, tr("Not trained yet")))

    @Slot()
    def _show_ages(self) -> None:
        for card in self._cards.values():
            card.show_age(self._clock.now)

    @Slot(object)
    def _on_covers_made(self, covers: "dict[str, tuple[bool, QImage]]") -> None:
        for path, (exists, image) in covers.items():
            if (card := self._cards.get(path)) is not None:
                card.exists = exists
                card.cover.show_image(image)
                card.show_age(self._clock.now)


class _RecentCard(Card):
    forget = Signal()

    def __init__(self, entry: Recent, name: str) -> None:
        super().__init__(clickable=True)
        self.setMinimumWidth(_WIDTH)
        self.setAccessibleName(tr("Open {dataset}", dataset=name))
        self.setToolTip(tool_tip(entry.path))
        self.cover, self.exists = _Cover(), True
        facts = (
            tr_n("{n} image", "{n} images", entry.images),
            tr_n("{n} class", "{n} classes", entry.classes),
            tr_n("{n} instance", "{n} instances", entry.instances),
        )
        self.result, self._when, self._opened = ElidedLabel("", "caption"), ElidedLabel("", "caption"), entry.opened
        labels = ElidedLabel(name, "heading"), ElidedLabel(" · ".join(facts), "caption"), self.result, self._when
        text = column(*labels, gap=2)
        text.setContentsMargins(12, tokens.SMALL, 12, 12)
        self.setLayout(column(self.cover, text, gap=0, margin=1))

    def show_age(self, now: float) -> None:
        """How long ago the dataset was opened, or that it is gone."""
        opened = tr("Opened {ago}", ago=format.ago(self._opened, now))
        self._when.setText(opened if self.exists else tr("Not found any more"))

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
        self.image = self._fitted = QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(132)

    def show_image(self, image: QImage) -> None:
        self.image = image
        self._fitted = QImage()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(rect.adjusted(0, 0, 0, tokens.RADIUS), tokens.RADIUS - 1, tokens.RADIUS - 1)
        if not self.image.isNull():
            ratio = self.devicePixelRatioF()
            size = self.size() * ratio
            if self._fitted.size() != size:  # once for each size
                how = Qt.AspectRatioMode.KeepAspectRatioByExpanding
                scaled = self.image.scaled(size, how, Qt.TransformationMode.SmoothTransformation)
                left, top = (scaled.width() - size.width()) // 2, (scaled.height() - size.height()) // 2
                self._fitted = scaled.copy(QRect(QPoint(left, top), size))
            brush = QBrush(self._fitted)
            brush.setTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
            painter.fillPath(shape, brush)
            return
        painter.fillPath(shape, theme.color("hover"))
        place = QRectF(0, 0, 32, 32)
        place.moveCenter(rect.center())
        icons.paint(painter, "image-square", place, "dim", 0.6)


def card_names(entries: Sequence[Recent]) -> dict[str, str]:
    """What the card of each path is called: the dataset's name, and where others have the same one, the folders of its
    path that tell it from them: “fruits (2024)”."""
    names = {}
    for entry in entries:
        alike = [PurePath(other.path).parts for other in entries if other.name == entry.name]
        own, length = PurePath(entry.path).parts, 1
        while len(alike) > 1 and len(own) > 1 and len({parts[-1:] for parts in alike}) == 1:
            alike, own = [parts[:-1] for parts in alike], own[:-1]
        while length < len(own) and [parts[-length:] for parts in alike].count(own[-length:]) > 1:
            length += 1
        names[entry.path] = entry.name if len(alike) == 1 else f"{entry.name} ({PurePath(*own[-length:])})"
    return names


def _covers(entries: list[tuple[str, str]]) -> dict[str, tuple[bool, QImage]]:
    """Path of a dataset → whether it exists, and its cover, null without one. Runs in a worker."""
    from app.canvas.picture import to_qimage
    from core.errors import UserError
    from core.images.thumbnails import kept_thumbnail

    result = {}
    for path, cover in entries:
        image = QImage()
        if cover:
            with contextlib.suppress(UserError):  # the card shows that there is no picture
                image = to_qimage(kept_thumbnail(Path(cover), max(_COVER.width(), _COVER.height())))
        result[path] = (Path(path).exists(), image)
    return result
