"""A note over an image of which only a coarse level is there: the progress of the pyramid, or why it failed."""

from PySide6.QtCore import QRectF, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.canvas import ImagePyramid, ImageView
from app.canvas.image_loader import ImageLoader, LoadedImage
from app.style import theme, tokens
from app.widgets import column, label, row
from app.widgets.buttons import button
from app.widgets.states import error_texts
from core.dataset import Image
from core.errors import UserError
from core.words import tr

_WIDTH = 340


class PreviewNote(QWidget):
    """Hidden once all levels are there. Has the views repaint as more of the image is ready."""

    def __init__(self, loader: ImageLoader, view: ImageView, *linked: ImageView) -> None:
        """Lies over ``view``; ``linked`` ones show the same picture."""
        super().__init__()
        self._loader, self._views = loader, (view, *linked)
        self._message, self._hint = label(role="heading", wrap=True), label(role="dim", wrap=True)
        self._progress = QProgressBar(textVisible=False)
        self._progress.setAccessibleName(tr("How much of the picture is ready"))
        self._again = button(tr("Try again"))
        self._again.clicked.connect(self._on_try_again)
        content = column(self._message, self._hint, self._progress, row(self._again, None), gap=tokens.TINY)
        content.setContentsMargins(tokens.MEDIUM, tokens.SMALL, tokens.MEDIUM, tokens.SMALL)
        self.setLayout(content)
        self.setFixedWidth(_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        self.hide()
        view.setLayout(column(row(None, self, None), None, margin=tokens.MEDIUM))
        loader.loaded.connect(self._on_loaded)
        loader.progressed.connect(self._on_progressed)
        loader.sharpened.connect(self._on_sharpened)
        loader.unsharpened.connect(self._on_unsharpened)

    @Slot(object)
    def _on_loaded(self, loaded: LoadedImage) -> None:
        self.hide()
        if loaded.pixels is None:
            self._show_progress(self._loader.pyramids.share)

    @Slot(object, float)
    def _on_progressed(self, image: Image, share: float) -> None:
        if self._loader.current is not None and image is self._loader.current.image:
            self._show_progress(share)
            self._refresh_views()

    @Slot(object)
    def _on_sharpened(self, loaded: LoadedImage) -> None:
        self.hide()
        self._refresh_views(loaded.picture)

    @Slot(object)
    def _on_unsharpened(self, error: Exception) -> None:
        message, hint, _ = error_texts(error)
        self._show_message(
            message, tr("{hint}. Only a coarse picture can be shown.", hint=hint) if hint else "", failed=True
        )
        self._refresh_views()
        if not isinstance(error, UserError):
            raise error

    @Slot()
    def _on_try_again(self) -> None:
        picture = self._loader.sharpen()
        self._show_progress(self._loader.pyramids.share)
        self._refresh_views(picture)

    def _refresh_views(self, picture: ImagePyramid | None = None) -> None:
        """Show ``picture``, or the same one again, which has more pixels now."""
        for view in self._views:
            if (shown := picture or view.picture) is not None:
                view.renew_picture(shown)

    def _show_progress(self, share: float) -> None:
        percent = int(100 * share)
        self._progress.setRange(0, 100 if percent else 0)  # some files are read as a whole before anything is known
        self._progress.setValue(percent)
        message = tr("Making the picture ready …")
        if percent:
            message = tr("Making the picture ready, {percent} %", percent=percent)
        self._show_message(message, tr("Draw meanwhile; it gets sharp by itself."), failed=False)

    def _show_message(self, message: str, hint: str, *, failed: bool) -> None:
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._progress.setVisible(not failed)
        self._again.setVisible(failed)
        self.setAccessibleName(message)
        self.setAccessibleDescription(hint)
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color("raised"))
        painter.setPen(theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tokens.RADIUS, tokens.RADIUS)
