"""How far two annotations agree: figures of all, and a line for each class."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from app.style import tokens
from app.style.format import tool_tip
from app.widgets import column, label
from app.widgets.containers import clear
from app.widgets.flow import Flow, Wrapping
from core.dataset.several.comparison import ClassAgreement, Comparison
from core.plain_text import printable
from core.words import tr

_COLUMN = 72
_FIGURE = 112
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class AgreementTable(QWidget):
    """Classes on which the two agree least come first."""

    class_requested = Signal(str)
    """To show the differences of the class with this name."""

    def __init__(self) -> None:
        super().__init__()
        self._figures, figures = Flow(tokens.LARGE), Wrapping()
        figures.setLayout(self._figures)
        self.table = QTreeWidget()
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setAccessibleName(tr("Agreement per class"))
        self.table.setHeaderLabels([tr("Class"), tr("Here"), tr("Other"), tr("Both"), tr("IoU"), tr("AP")])
        header = self.table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place in range(1, 6):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(place, _COLUMN)
            self.table.headerItem().setTextAlignment(place, _RIGHT)
        self._note = label(role="dim", wrap=True)
        self.table.itemActivated.connect(self._on_activated)
        hint = label(tr("Enter or a double click on a class shows its differences."), "caption", wrap=True)
        content = column(figures, self._note, self.table, hint, gap=tokens.MEDIUM, margin=tokens.LARGE)
        content.setStretch(2, 1)
        self.setLayout(content)

    def show_comparison(self, found: Comparison) -> None:
        """Show the figures of a comparison."""
        clear(self._figures)
        figures = (
            (tr("Images"), f"{found.images:,}", tr("That both have")),
            (tr("Objects in both"), f"{found.matched:,}", tr("Of any class, one matched with one from an IoU of 0.3")),
            (tr("Mean IoU"), _rounded(found.iou), tr("Of the objects that both have")),
            (tr("Mask AP"), _rounded(found.ap), tr("The other measured against this one, COCO’s protocol")),
            (tr("AP, reverse"), _rounded(found.reverse_ap), tr("This one measured against the other")),
            (tr("Kappa"), _rounded(found.kappa), tr("Agreement on the classes of objects that both have, 1 at best")),
        )
        for title, value, tip in figures:
            figure = QWidget()
            figure.setLayout(column(label(value, "figure"), label(title, "caption"), gap=0))
            figure.setMinimumWidth(_FIGURE)
            figure.setToolTip(tool_tip(tip))
            figure.setAccessibleName(f"{title}: {value}. {tip}")
            self._figures.addWidget(figure)
        missing = [
            tr("{number:,} images are only here", number=len(found.only_left)) if found.only_left else "",
            tr("{number:,} only in the other", number=len(found.only_right)) if found.only_right else "",
            tr("{number:,} have another size there", number=len(found.other_size)) if found.other_size else "",
        ]
        self._note.setText(" · ".join(filter(None, missing)))
        self._note.setVisible(any(missing))
        self.table.clear()
        self.table.addTopLevelItems([_line(each) for each in sorted(found.classes, key=lambda one: one.share)])

    @Slot(QTreeWidgetItem)
    def _on_activated(self, item: QTreeWidgetItem) -> None:
        self.class_requested.emit(item.data(0, Qt.ItemDataRole.UserRole))


def _line(one: ClassAgreement) -> QTreeWidgetItem:
    figures = f"{one.left:,}", f"{one.right:,}", f"{one.agreed:,}", _rounded(one.iou), _rounded(one.ap)
    item = QTreeWidgetItem([printable(one.name), *figures])
    item.setData(0, Qt.ItemDataRole.UserRole, one.name)
    for place in range(1, 6):
        item.setTextAlignment(place, _RIGHT)
    return item


def _rounded(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
