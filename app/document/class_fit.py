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
    other: Sequence[str]
    """Of the model; the dataset does not have them."""

    def for_training(self) -> str:
        """What becomes of the classes when a training on the dataset starts from the model."""
        if not self.both:
            return tr("None of its classes is in this dataset; all begin anew: {names}.", names=named(self.new))
        parts = [] if self.new or self.other else [tr("The same classes.")]
        parts.append(tr("Continues: {names}.", names=named(self.both)))
        if self.new:
            parts.append(tr("New: {names}.", names=named(self.new)))
        if self.other:
            parts.append(tr("Not in this dataset, left out: {names}.", names=named(self.other)))
        return " ".join(parts)

    def for_use(self) -> str:
        """What the model can find in images of the dataset."""
        if not self.both:
            return tr("None of its classes is in this dataset: it finds {names}.", names=named(self.other))
        if not self.new and not self.other:
            return tr("The same classes: {names}.", names=named(self.both))
        parts = [tr("Classes that fit: {names}.", names=named(self.both))]
        if self.new:
            parts.append(tr("It does not know {names}.", names=named(self.new)))
        if self.other:
            parts.append(tr("It also finds {names}.", names=named(self.other)))
        return " ".join(parts)


def compare(known: Sequence[str], present: Sequence[str]) -> ClassFit:
    """How the classes ``known`` to a model fit those of a dataset."""
    return ClassFit(
        both=[name for name in present if name in known],
        new=[name for name in present if name not in known],
        other=[name for name in known if name not in present],
    )


def model_classes(path: Path) -> list[str] | None:
    """The classes of the model of a run, or of the file of one; ``None`` when nothing says so."""
    for folder in (path, path.parent, path.parent.parent):
        spec = RunFolder(folder).read_model()
        if spec is not None:
            return [kind.name for kind in spec.classes]
    return None
