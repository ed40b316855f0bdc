"""By what rule a dataset is divided: shares or folds, what stays together, a seed."""

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QWidget

from app.style import tokens
from app.style.format import tool_tip
from app.widgets import Section, chip, column, label, row
from app.widgets.inputs import ComboBox, LineEdit, NumberBox
from core.dataset.splits.split_file import By, SplitRule
from core.words import tr

_WAYS: tuple[tuple[By, str, str], ...] = (
    ("image", tr("Nothing"), tr("Each image goes by itself.")),
    ("folder", tr("Images of a folder"), tr("As their file names have it.")),
    ("series", tr("Frames of a video, by name"), tr("Names that are the same up to a number at their end.")),
    ("video", tr("Frames of an imported video"), tr("As the import noted it, and pages of an imported TIFF.")),
    ("source", tr("Tiles and copies of a picture"), tr("Names that speak of tiles, crops or augmented copies.")),
    (
        "pattern",
        tr("Names with the same part"),
        tr("A regular expression; “^[^_]+” is what comes before the first “_”."),
    ),
    ("field", tr("Images with the same value"), tr("In a field of their entries, such as a patient’s number.")),
)
_NUMBER = 76
"""Width of a number."""


class SplitForm(QWidget):
    """``rule`` says what is chosen; ``changed`` comes with every change of it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shares = chip(tr("Shares"), tr("Training, validation and test images, in percent"))
        self.folds = chip(tr("Folds"), tr("Equal parts, of which one validates and the others train"))
        kinds = QButtonGroup(self)
        for kind in (self.shares, self.folds):
            kinds.addButton(kind)
            kind.clicked.connect(self._on_changed)
        self.shares.setChecked(True)
        self.train, self.val, self.test = (
            _number(tr("Share of {split}, in percent", split=split), 0, 100) for split in ("train", "val", "test")
        )
        self.number, self.fold = _number(tr("Number of folds"), 2, 100), _number(tr("Fold that validates"), 1, 100)
        self.seed = _number(tr("Seed"), 0, 2**32 - 1)
        self.by = ComboBox()
        self.by.setAccessibleName(tr("What stays together"))
        for key, title, _ in _WAYS:
            self.by.addItem(title, key)
        self.pattern = LineEdit(tr("Pattern"), "^[^_]+")
        self.field = ComboBox()
        self.field.setAccessibleName(tr("Field"))
        self.alike = QCheckBox(tr("Pictures that look alike, too"))
        self.alike.setToolTip(
            tool_tip(
                tr("All pictures are compared with each other: near-duplicates and frames of one scene stay together")
            )
        )
        self._about = label(role="caption", wrap=True)
        self._shares, self._folds = QWidget(), QWidget()
        self._build()
        for box, value in (
            (self.train, 80),
            (self.val, 20),
            (self.test, 0),
            (self.number, 5),
            (self.fold, 1),
            (self.seed, 0),
        ):
            box.set_value(value)
            box.changed.connect(self._on_changed)
        self.by.activated.connect(self._on_changed)
        self.field.activated.connect(self._on_changed)
        self.pattern.textEdited.connect(self._on_changed)
        self.alike.toggled.connect(self._on_changed)
        self._arrange()

    def _build(self) -> None:
        boxes = (("train", self.train), ("val", self.val), ("test", self.test))
        self._shares.setLayout(row(*(column(label(split, "caption"), box, gap=2) for split, box in boxes), None))
        parts = ((tr("Folds"), self.number), (tr("Validates"), self.fold))
        self._folds.setLayout(row(*(column(label(title, "caption"), box, gap=2) for title, box in parts), None))
        divided = Section(
            tr("Divide into"), row(self.shares, self.folds, None, gap=tokens.TINY), self._shares, self._folds
        )
        kept = Section(tr("Keep together"), self.by, self.pattern, self.field, self._about, self.alike)
        chance = Section(
            tr("Seed"), row(self.seed, None), label(tr("Another seed makes another choice."), "caption", wrap=True)
        )
        self.setLayout(column(divided, kept, chance, gap=tokens.LARGE))

    def show_fields(self, fields: Sequence[str]) -> None:
        """Offer these fields of the entries of images."""
        before = self.field.currentText()
        self.field.clear()
        self.field.addItems(fields)
        self.field.setCurrentIndex(max(self.field.findText(before), 0) if fields else -1)
        self.field.setPlaceholderText(tr("The entries have no fields of their own"))

    def show_rule(self, rule: SplitRule) -> None:
        """Show the rule by which a dataset was divided."""
        self.shares.setChecked(not rule.folds)
        self.folds.setChecked(bool(rule.folds))
        whole = (rule.train + rule.val + rule.test) / 100
        for box, value in ((self.train, rule.train), (self.val, rule.val), (self.test, rule.test)):
            box.set_value(round(value / whole, 1))
        if rule.folds:
            self.number.set_value(rule.folds)
            self.fold.set_value(rule.fold)
        self.seed.set_value(rule.seed)
        self.by.setCurrentIndex(self.by.findData(rule.by))
        self.pattern.setText(rule.pattern)
        self.alike.setChecked(rule.alike)
        self._arrange()

    def rule(self) -> SplitRule | None:
        """What is chosen; ``None`` while a number is none."""
        boxes = (self.train, self.val, self.test, self.seed, self.number, self.fold)
        values = [box.value() for box in boxes]
        for box, value in zip(boxes, values, strict=True):
            box.mark_wrong(value is None or value < 0)
        if any(value is None or value < 0 for value in values):
            return None
        train, val, test, seed, number, fold = (value or 0 for value in values)
        by: By = self.by.currentData()
        return SplitRule(
            by=by,
            pattern=self.pattern.text() if by == "pattern" else "",
            field=self.field.currentText() if by == "field" else "",
            alike=self.alike.isChecked(),
            seed=int(seed),
            train=train / 100,
            val=val / 100,
            test=test / 100,
            folds=int(number) if self.folds.isChecked() else 0,
            fold=int(fold) if self.folds.isChecked() else 1,
        )

    @Slot()
    def _on_changed(self) -> None:
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        """Show only what matters."""
        by = self.by.currentData()
        self._shares.setVisible(self.shares.isChecked())
        self._folds.setVisible(self.folds.isChecked())
        self.pattern.setVisible(by == "pattern")
        self.field.setVisible(by == "field")
        self._about.setText(next(about for key, _, about in _WAYS if key == by))


def _number(name: str, minimum: float, maximum: float) -> NumberBox:
    box = NumberBox(whole=maximum > 100 or minimum > 0, minimum=minimum, maximum=maximum)
    box.setAccessibleName(name)
    box.setFixedWidth(_NUMBER)
    return box
