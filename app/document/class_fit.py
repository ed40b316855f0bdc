"""Which classes a model and a dataset have in common, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.style.format import named
from core.runs.folder import RunFolder
from core.words import tr


@dataclass(frozen=True, slots=True)
class ClassFit:
    """Names of classes, those of the dataset in its order."""

    both: Sequence[str]
    new: Sequence[str]
    """Of the dataset; the model does not know them."""
    left: Sequence[str]
    """Of the model; the dataset does not have them."""

    def for_training(self) -> str:
        """What becomes of the classes when a training on the dataset starts from the model."""
        if not self.both:
            return tr("None of its classes is in this dataset; all begin anew: {new}.", new=named(self.new))
        parts = [f"Continues: {named(self.both)}."]
        if self.new:
            parts.append(f"New: {named(self.new)}.")
        if self.left:
            parts.append(tr("Not in this dataset, left out: {left}.", left=named(self.left)))
        return " ".join(parts if self.new or self.left else [tr("The same classes."), *parts])

    def for_use(self) -> str:
        """What the model can find in images of the dataset."""
        if not self.both:
            return tr("None of its classes is in this dataset: it finds {left}.", left=named(self.left))
        parts = [tr("Classes that fit: {both}.", both=named(self.both))]
        if self.new:
            parts.append(tr("It does not know {new}.", new=named(self.new)))
        if self.left:
            parts.append(tr("It also finds {left}.", left=named(self.left)))
        return " ".join(parts) if self.new or self.left else tr("The same classes: {both}.", both=named(self.both))


def compare(known: Sequence[str], wanted: Sequence[str]) -> ClassFit:
    """How the classes that a model knows fit those that a dataset wants."""
    return ClassFit(
        both=[name for name in wanted if name in known],
        new=[name for name in wanted if name not in known],
        left=[name for name in known if name not in wanted],
    )


def classes_of(path: Path) -> list[str] | None:
    """The classes of the model of a run, or of the file of one; ``None`` when nothing says so."""
    for folder in (path, path.parent, path.parent.parent):
        spec = RunFolder(folder).read_model()
        if spec is not None:
            return [kind.name for kind in spec.classes]
    return None
