"""What is known of the selected image, its instances, and what is wrong with the dataset."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFormLayout, QListWidget, QListWidgetItem, QWidget

from app import icons, tokens, words
from app.widgets import ElidedLabel, column, hairline, label, row
from app.widgets.instance_list import InstanceList
from core.dataset import Dataset, Image, Problem

_IMAGE = Qt.ItemDataRole.UserRole
_PROBLEMS_HEIGHT = 240


class Inspector(QWidget):
    """Sections below each other; the list of instances takes the room there is."""

    chosen = Signal(int)
    """The position of an instance in its image."""
    image_asked = Signal(int)
    """The index of an image with a problem."""

    def __init__(self) -> None:
        super().__init__()
        self._dataset: Dataset | None = None
        self._nothing = label("Select an image to see its details.", "dim", wrap=True)
        self._facts = {name: ElidedLabel(mode=Qt.TextElideMode.ElideMiddle) for name in ("File", "Size", "Split")}
        form = QFormLayout()
        form.setContentsMargins(tokens.SMALL, 0, 0, 0)
        form.setVerticalSpacing(tokens.TINY)
        form.setHorizontalSpacing(tokens.MEDIUM)
        for name, value in self._facts.items():
            form.addRow(label(name, "dim"), value)
        self._title = label(role="heading")
        self.instances = InstanceList()
        self.instances.chosen.connect(self.chosen)
        self._image = QWidget()
        title, count = row(tokens.SMALL, label("Image", "heading"), None, gap=0), row(tokens.SMALL, self._title, gap=0)
        self._image.setLayout(column(title, form, tokens.SMALL, count, self.instances))
        self._problems_title = label(role="heading")
        self.problems = _problem_list()
        self.problems.itemClicked.connect(self._ask)
        self.problems.itemActivated.connect(self._ask)
        self._problems = QWidget()
        heading = row(
            tokens.SMALL, icons.Icon("warning", 16, "warning_text"), self._problems_title, None, gap=tokens.SMALL
        )
        self._problems.setLayout(column(hairline(), heading, self.problems))
        stack = column(self._nothing, self._image, self._problems, margin=tokens.SMALL)
        stack.setContentsMargins(tokens.SMALL, tokens.MEDIUM, tokens.SMALL, tokens.SMALL)
        stack.setStretch(1, 1)
        stack.setAlignment(self._nothing, Qt.AlignmentFlag.AlignTop)
        self._nothing.setContentsMargins(tokens.SMALL, 0, tokens.SMALL, 0)
        self.setLayout(stack)
        self.show_dataset(None)

    def show_dataset(self, dataset: Dataset | None) -> None:
        """Images come from this dataset now; none is selected."""
        self._dataset = dataset
        self.show_image(None)
        self.show_problems(dataset.problems if dataset is not None else [])

    def show_problems(self, problems: list[Problem]) -> None:
        """List what is wrong with the dataset."""
        self.problems.clear()
        for problem in problems:
            where = f"{problem.entry} in {problem.file}" if problem.entry else problem.file
            said = f"{problem.message[:1].upper()}{problem.message[1:]}\n{where}"
            item = QListWidgetItem(said)
            item.setToolTip(f"{said}\n{problem.hint}")
            item.setData(_IMAGE, problem.image)
            self.problems.addItem(item)
        heights = (self.problems.sizeHintForRow(row) + 2 * self.problems.spacing() for row in range(len(problems)))
        self.problems.setFixedHeight(min(sum(heights) + tokens.TINY, _PROBLEMS_HEIGHT))
        self._problems_title.setText(words.count(len(problems), "problem"))
        self._problems.setVisible(bool(problems))

    def show_image(self, image: Image | None) -> None:
        """Show the details of an image."""
        self._nothing.setVisible(image is None)
        self._image.setVisible(image is not None)
        if image is None or self._dataset is None:
            self.instances.show_instances(None, [])
            return
        self._facts["File"].setText(image.file_name)
        self._facts["Size"].setText(f"{image.width:,} × {image.height:,} px")
        self._facts["Split"].setText(image.split)
        instances = self._dataset.instances(image)
        none = "No masks: used as background"
        self._title.setText(words.count(len(instances), "instance") if instances else none)
        self.instances.show_instances(self._dataset, instances)

    def _ask(self, item: QListWidgetItem) -> None:
        if item.data(_IMAGE) is not None:
            self.image_asked.emit(item.data(_IMAGE))

    def select(self, key: int | None) -> None:
        """Mark the instance at position ``key``, without telling anybody."""
        self.instances.choose(key)


def _problem_list() -> QListWidget:
    result = QListWidget()
    result.setAccessibleName("Problems")
    result.setSpacing(2)
    result.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    result.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
    return result
