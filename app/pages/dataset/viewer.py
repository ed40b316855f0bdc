"""One image of the dataset, with its masks."""

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.canvas import ImageView, instances
from app.canvas.image_loader import ImageLoader, LoadedImage
from app.canvas.image_view import bind_view
from app.pages.dataset.ruler import Ruler, ScaleForm
from app.pages.preview_note import PreviewNote
from app.settings.settings import Settings
from app.style import tokens
from app.widgets import ElidedLabel, ErrorState, column, hairline, label, row, tool_button
from app.widgets.inputs import Slider
from app.widgets.undo_notice import UndoNotice
from core.dataset import Dataset, Image
from core.images.pixel_size import PixelSize
from core.words import tr


class Viewer(QWidget):
    """A bar of buttons above the picture."""

    back_requested = Signal()
    """Back to the gallery."""
    stepped = Signal(int)
    """To the next image (1) or the one before (−1)."""
    annotate_requested = Signal()
    pixel_size_chosen = Signal(object, bool)
    """A ``PixelSize`` for the image in view, or for all images; ``None``: what was said of it is taken away."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._dataset: Dataset | None = None
        self.image: Image | None = None
        """The image that is shown."""
        self.view = ImageView()
        self.view.set_options(replace(self.view.options, opacity=settings.number("opacity", tokens.MASK_OPACITY)))
        self._error = ErrorState()
        self._error.setObjectName("error")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._error)
        self._build_bar()
        self.ruler, self.scale, self.scale_notice = Ruler(self.view), ScaleForm(), UndoNotice()
        self.setLayout(column(self._bar, hairline(), self.scale, self.scale_notice, self._stack, gap=0))
        self.scale_notice.setContentsMargins(tokens.MEDIUM, tokens.TINY, tokens.MEDIUM, tokens.TINY)
        self.scale.hide()
        self.scale_notice.hide()
        self.ruler.measured.connect(self.scale.show_pixels)
        self.scale.chosen.connect(self._on_scale_chosen)
        self.scale.left.connect(lambda: self.measure.setChecked(False))
        self._loader = ImageLoader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.note = PreviewNote(self._loader, self.view)
        self._bind()

    def _build_bar(self) -> None:
        self._back = tool_button("arrow-left", tr("Back to the gallery"), tr("Escape"))
        self._back.clicked.connect(self.back_requested)
        self._previous = tool_button("caret-left", tr("Previous image"))
        self._next = tool_button("caret-right", tr("Next image"))
        self._previous.clicked.connect(lambda: self.stepped.emit(-1))
        self._next.clicked.connect(lambda: self.stepped.emit(1))
        self._name, self._position = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle), label(role="dim")
        self.labels = tool_button("tag", tr("Labels"), checkable=True)
        self.labels.setChecked(self._settings.flag("labels", False))
        self.masks = tool_button("polygon", tr("Masks"), checkable=True)
        self.masks.setChecked(True)
        self.opacity = Slider(tr("Opacity of the masks"), 96)
        self.opacity.setRange(0, 100)
        self.opacity.setValue(round(self.view.options.opacity * 100))
        self._fit = tool_button("frame-corners", tr("Fit the window"))
        self._actual = tool_button("number-square-one", tr("Actual pixels"))
        self._fit.clicked.connect(self.view.fit)
        self._actual.clicked.connect(self.view.actual_size)
        self.labels.toggled.connect(self._on_options_changed)
        self.masks.toggled.connect(self._on_options_changed)
        self.opacity.valueChanged.connect(self._on_options_changed)
        self._on_options_changed()
        self.measure = tool_button("ruler", tr("Say how large a pixel is"), checkable=True)
        self.measure.toggled.connect(self._on_measure_toggled)
        self._annotate = tool_button("pencil-simple", tr("Annotate the image"))
        self._annotate.clicked.connect(self.annotate_requested)
        seen = (self.labels, self.masks, self.opacity, tokens.SMALL, self._fit, self._actual)
        tools = row(self._annotate, self.measure, tokens.SMALL, *seen, gap=tokens.TINY)
        bar = row(self._back, self._previous, self._next, self._position, self._name, tools)
        bar.setStretch(4, 1)
        bar.setContentsMargins(tokens.SMALL, tokens.TINY, tokens.SMALL, tokens.TINY)
        self._bar = QWidget()
        self._bar.setLayout(bar)

    def _bind(self) -> None:
        within = Qt.ShortcutContext.WidgetWithChildrenShortcut
        buttons = {
            "picture.previous": self._previous,
            "picture.next": self._next,
            "picture.labels": self.labels,
            "picture.masks": self.masks,
            "picture.annotate": self._annotate,
        }
        for id, button in buttons.items():
            self._settings.shortcuts.bind_button(id, self, button, within)
        bind_view(self._settings.shortcuts, self, within, self.view)
        self._settings.shortcuts.name_in_tip(self._fit, "view.fit")
        self._settings.shortcuts.name_in_tip(self._actual, "view.actual")
        for key, button in (("Left", self._previous), ("Right", self._next)):
            QShortcut(QKeySequence(key), self, context=within).activated.connect(button.click)
        QShortcut(QKeySequence("Escape"), self, context=within).activated.connect(self._on_escape)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Show images of this dataset from now on; none of the one before."""
        self._dataset, self.image = dataset, None
        self._loader.stop()
        self.measure.setChecked(False)
        self.say_of_scale("")
        self.note.hide()
        self.view.show_picture(None)

    def renew(self, dataset: Dataset) -> None:
        """The same images with what was saved; the one in view keeps its place and zoom."""
        self._dataset = dataset
        self._loader.renew(dataset)

    def show_image(self, image: Image, place: int, count: int) -> None:
        """Read an image and show it, the previous one until then; it is number ``place`` of ``count``."""
        assert self._dataset is not None
        if self.image is None or self.image.index != image.index:
            self.measure.setChecked(False)  # its line lies over a scale bar of the image before
        self.image = image
        self._name.setText(image.file_name)
        self._position.setText(f"{place:,} / {count:,}")
        self._previous.setEnabled(place > 1)
        self._next.setEnabled(place < count)
        self._loader.load(self._dataset, image, instances.all_of)

    def select(self, key: int) -> None:
        """Mark the instance at position ``key``."""
        self.view.select(next((shape for shape in self.view.shapes if shape.key == key), None))

    @Slot(object)
    def _on_loaded(self, loaded: LoadedImage) -> None:
        self._stack.setCurrentWidget(self.view)
        self.view.show_picture(loaded.picture, loaded.content, keep=True)
        self.view.set_pixel_size(loaded.pixel_size)

    @Slot(object)
    def _on_failed(self, error: Exception) -> None:
        self.view.show_picture(None)
        self._error.show_error(error)
        self._stack.setCurrentWidget(self._error)

    @Slot()
    def _on_escape(self) -> None:
        """Leave the scale, or else the image."""
        (self.measure if self.measure.isChecked() else self._back).click()

    @Slot(bool)
    def _on_measure_toggled(self, on: bool) -> None:
        self.scale.setVisible(on)
        if on:
            self.say_of_scale("")
            sizes = {} if self._dataset is None else self._dataset.pixel_sizes
            self.scale.forget.setEnabled(self.image is not None and self.image.index in sizes)
            self.ruler.begin()
            self.scale.length.setFocus()
        else:
            self.ruler.hide()
            self.view.setFocus()

    def say_of_scale(self, text: str) -> None:
        """Say what was done to the sizes of pixels, and offer to take it back."""
        self.scale_notice.say(text, undoable=bool(text))
        self.scale_notice.setVisible(bool(text))

    @Slot(object, bool)
    def _on_scale_chosen(self, size: PixelSize | None, of_all: bool) -> None:
        self.measure.setChecked(False)
        self.pixel_size_chosen.emit(size, of_all)

    @Slot()
    def _on_options_changed(self) -> None:
        options = replace(
            self.view.options,
            labels=self.labels.isChecked(),
            masks=self.masks.isChecked(),
            opacity=self.opacity.value() / 100,
        )
        self._settings.write("labels", options.labels)
        self._settings.write("opacity", options.opacity)
        self.view.set_options(options)
