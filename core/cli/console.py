"""What the command shows at the end: a job's figures as tables, errors as one line."""

import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from core.errors import UserError
from core.evaluation.scores import Scores
from core.models import architecture
from core.plain_text import printable
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.recipes.model_spec import COCO_DETECTIONS
from core.streams import lost
from core.words import duration, tr

if TYPE_CHECKING:
    from core.dataset.several.comparison import Comparison

TITLES = {
    "ended": tr("Ended"),
    "map": tr("Mask mAP"),
    "map50": tr("Mask mAP50"),
    "map75": tr("Mask mAP75"),
    "box_map": tr("Box mAP"),
    "box_map50": tr("Box mAP50"),
    "map_100": tr("Mask mAP with COCO’s {most} an image", most=COCO_DETECTIONS),
    "max_detections": tr("Objects an image, at most"),
    "ap_torch": tr("Mask mAP, PyTorch"),
    "ap_ir": tr("Mask mAP, OpenVINO"),
    "latency_torch_ms": tr("One image, PyTorch"),
    "latency_ms": tr("One image, OpenVINO"),
    "size_mb": tr("Size"),
    "images_per_second": tr("Speed"),
    "seconds": tr("Time spent training"),
    "best_epoch": tr("Best epoch"),
    "epochs": tr("Epochs"),
    "steps": tr("Steps"),
    "images": tr("Images"),
    "unreadable": tr("Unreadable"),
    "instances": tr("Instances"),
    "without_overlay": tr("Without overlay"),
    "train_images": tr("Train images"),
    "validation_images": tr("Validation images"),
    "test_images": tr("Test images"),
    "groups": tr("Groups"),
    "suggestions": tr("Suggestions"),
    "labelled": tr("Labelled"),
    "format": tr("Format"),
    "read": tr("Read as"),
    "classes": tr("Classes"),
    "missing": tr("Missing"),
    "boxes": tr("Boxes without masks"),
    "problems": tr("Problems"),
    "serious": tr("Serious"),
    "found": tr("Found"),
    "matched": tr("Objects that both have"),
    "iou": tr("Their mean IoU"),
    "kappa": tr("Agreement on their classes (kappa)"),
    "only_left": tr("Only in the left"),
    "only_right": tr("Only in the right"),
    "other_class": tr("Of another class"),
    "other_shape": tr("Of another shape"),
    "differences": tr("Differences"),
    "shared": tr("Pictures that several have"),
    "repeated": tr("Instances that were there already"),
    "pictures": tr("Pictures found"),
    "doubtful": tr("Doubtful"),
    "placed": tr("Placed"),
    "precision": tr("Precision"),
    "path": tr("Path"),
}
"""Names of the figures in a job's summary; others, of later versions, are called by their keys."""

_WITH_UNIT = {
    "latency_torch_ms": tr("{value} ms"),
    "latency_ms": tr("{value} ms"),
    "size_mb": tr("{value} MB"),
    "images_per_second": tr("{value} images/s"),
}

WIDE = 110
"""Characters in a line from which there is room for details."""
_LOG_WIDTH = 240
"""Of what is written to a file: long paths and tables stay on their lines, for grep."""


class TextConsole(Console):
    """A terminal that is steered by rich alone: whatever it shows is text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for part in super().render(renderable, options):
            yield part if part.control else Segment(printable(part.text, lines=True), part.style)


def new_console(*, stderr: bool = False) -> Console:
    """Standard output, or error, as wide as the terminal."""
    console = TextConsole(stderr=stderr)
    return console if console.is_terminal else TextConsole(stderr=stderr, width=_LOG_WIDTH)


def recipes_as_json() -> bytes:
    """What ``show_recipes`` shows, a list of objects."""
    recipes = []
    for recipe in catalogue():
        cost = figures_of(recipe)
        recipes.append(
            {
                "name": recipe.name,
                "architecture": recipe.architecture,
                "backbone": recipe.backbone,
                "schedule": recipe.schedule,
                "input_size": recipe.settings.input_size,
                "gmac": cost.gmac if cost else None,
                "parameters": cost.parameters if cost else None,
                "good_for": recipe.good_for,
            }
        )
    return msgspec.json.format(msgspec.json.encode(recipes), indent=2)


def show_recipes() -> None:
    """The table of recipes that ship. Raises ``UserError`` when it cannot be written."""
    console = new_console()
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for title in (tr("Recipe"), tr("Architecture"), tr("Backbone"), tr("Schedule")):
        table.add_column(title, no_wrap=True)
    for title in (tr("Input"), tr("GMAC"), tr("Parameters")):
        table.add_column(title, justify="right", no_wrap=True)
    if console.width >= WIDE:
        table.add_column(tr("Good for"))
    for recipe in catalogue():
        cost = figures_of(recipe)
        row = [
            recipe.name,
            architecture(recipe.architecture).title,
            recipe.backbone,
            recipe.schedule,
            f"{recipe.settings.input_size}²",
            f"{cost.gmac:.1f}" if cost else "",
            f"{cost.parameters / 1e6:.2f} M" if cost else "",
        ]
        table.add_row(*row, *([recipe.good_for] if console.width >= WIDE else []))
    console.print(table)
    if console.width < WIDE:
        for recipe in catalogue():
            console.print(f"{recipe.name}: {recipe.good_for}", highlight=False)
    for recipe in catalogue():
        if recipe.why_schedule:
            console.print(
                tr(
                    "{recipe} trains {schedule}: {why_schedule}",
                    recipe=recipe.name,
                    schedule=recipe.schedule,
                    why_schedule=recipe.why_schedule,
                ),
                highlight=False,
            )
    usage = tr("maskwright train DATASET --recipe NAME --schedule tuned|classic")
    console.print(f"\n{usage}", style="dim", highlight=False)
    if problem := lost(sys.stdout):
        raise UserError(tr("the list of recipes cannot be written: {reason}", reason=problem.strerror))


def error_line(message: str, hint: str = "") -> str:
    """``error: message (hint)``, on one line whatever they hold."""
    line = tr("error: {message}", message=message)
    if hint:
        line = tr("error: {message} ({hint})", message=message, hint=hint.rstrip("."))
    return printable(" ".join(line.split()))


def figures(summary: Mapping[str, float | int | str | None]) -> Table:
    """A job's figures, one a line."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for key, value in summary.items():
        if value is not None:
            title = TITLES.get(key, key.replace("_", " ").capitalize())
            table.add_row(Text(printable(title)), Text(printable(_figure(key, value))))
    return table


def per_class(scores: Scores) -> Table:
    """AP of each class, the weakest first: where to annotate next."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(tr("Class"))
    for title in (tr("Mask mAP"), tr("Box mAP")):
        table.add_column(title, justify="right")
    for name, ap in sorted(scores.mask.per_class.items(), key=lambda item: item[1]):
        table.add_row(Text(printable(name)), f"{ap:.3f}", f"{scores.box.per_class[name]:.3f}")
    return table


def agreement(found: "Comparison") -> Table:
    """How far two annotations agree on each class, those on which they agree least first."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(tr("Class"))
    for title in (tr("Left"), tr("Right"), tr("Both"), tr("IoU"), tr("Mask AP")):
        table.add_column(title, justify="right")
    for one in sorted(found.classes, key=lambda one: one.share):
        figures = ("–" if value is None else f"{value:.3f}" for value in (one.iou, one.ap))
        table.add_row(Text(printable(one.name)), str(one.left), str(one.right), str(one.agreed), *figures)
    return table


def _figure(key: str, value: float | int | str) -> str:
    if key == "seconds":
        return duration(float(value))
    if key in _WITH_UNIT:
        return _WITH_UNIT[key].format(value=f"{value:.1f}" if isinstance(value, float) else value)
    return f"{value:.3f}" if isinstance(value, float) else str(value)
