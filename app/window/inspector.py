"""The inspector: beside the page where both have room, else a drawer over the page."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QToolButton, QWidget

from app.settings.settings import Settings
from app.style import tokens
from app.widgets.containers import Overlay
from app.widgets.focus import can_take, hand_on

_LEAST, _MOST = 240, 480


class InspectorSplitter(QSplitter):
    """``middle``, in which ``pages`` shows a page, and the page's inspector at its right.

    Where that would leave the page less than it needs, the inspector is a drawer over the page, which ``button`` opens.
    Whether it is shown where there is room is the person's choice, and remembered.
    """

    def __init__(self, middle: QWidget, pages: QStackedWidget, button: QToolButton, settings: Settings) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._middle, self._button, self._settings = middle, button, settings
        self._page: QWidget | None = None
        self._inspector: QWidget | None = None
        self._panel = QStackedWidget()
        self._panel.setObjectName("inspector")
        self._panel.setMinimumWidth(_LEAST)
        self._panel.setMaximumWidth(_MOST)
        self._drawer = _Drawer(pages)
        self._drawer.closed.connect(self._arrange)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self.addWidget(middle)
        self._put_beside()
        self.setStretchFactor(0, 1)
        self.splitterMoved.connect(lambda: settings.write("inspector_width", self._panel.width()))
        button.clicked.connect(self._on_clicked)

    def show_inspector(self, page: QWidget, inspector: QWidget | None) -> None:
        """Show the inspector of ``page``, which is in view by now, or none."""
        if page is not self._page:
            if self._page is not None:
                self._page.removeEventFilter(self)
            page.installEventFilter(self)
            self._drawer.hide()
        self._page, self._inspector = page, inspector
        if inspector is not None:
            if self._panel.indexOf(inspector) < 0:
                self._panel.addWidget(inspector)
            self._panel.setCurrentWidget(inspector)
        self._arrange()

    @property
    def _beside(self) -> bool:
        return self._panel.parent() is self

    def _put_beside(self) -> None:
        self.addWidget(self._panel)
        self.setSizes([2000, int(self._settings.number("inspector_width", tokens.INSPECTOR))])

    @Slot(bool)
    def _on_clicked(self, shown: bool) -> None:
        if self._beside:
            self._settings.write("inspector", shown)
        elif shown:
            self._drawer.open()
        else:
            self._drawer.hide()
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        """Put the inspector where there is room for it, and say whether it is in view."""
        least = self._page.minimumSizeHint().width() if self._page is not None else 0
        room = self.width() >= least + self.handleWidth() + _LEAST
        if room != self._beside:
            self._drawer.hide()
            if room:
                self._put_beside()
            else:
                self._drawer.take(self._panel)
        self._middle.setMinimumWidth(least if room else 0)  # the inspector cannot be drawn wider than it has room
        there = self._inspector is not None
        wanted = self._settings.flag("inspector", True) if room else not self._drawer.isHidden()
        self._panel.setVisible(there and (wanted or not room))
        self._button.setVisible(there)
        self._button.setChecked(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and watched is self._page:
            self._arrange()
        return super().eventFilter(watched, event)


class _Drawer(Overlay):
    """Lies over the pages, with a panel at the right: closed by Escape and by a click beside the panel, too."""

    closed = Signal()

    def __init__(self, pages: QWidget) -> None:
        super().__init__(pages)
        self._panel = QWidget(self)

    def take(self, panel: QWidget) -> None:
        """Have ``panel`` in the drawer, until somebody else takes it."""
        self._panel = panel
        panel.setParent(self)
        self._place_panel()

    def open(self) -> None:
        """Come into view with the focus, which goes back to where it was when the drawer is closed."""
        if (before := self.window().focusWidget()) is not None:
            hand_on(self, before)
        self.cover()
        inside = (child for child in self._panel.findChildren(QWidget) if child.focusPolicy() & Qt.FocusPolicy.TabFocus)
        next(filter(can_take, inside), self._panel).setFocus(Qt.FocusReason.PopupFocusReason)

    def _place_panel(self) -> None:
        if self._panel.parent() is self:
            width = min(tokens.INSPECTOR, self.width())
            self._panel.setGeometry(self.width() - width, 0, width, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_panel()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.closed.emit()
        else:
            super().keyPressEvent(event)
