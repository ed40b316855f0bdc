"""The settings of a recipe one by one, as a form or a command line shows them, and what people read about them."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import msgspec

from core.recipes.schema import TrainingSettings
from core.words import tr

Group = Literal["basic", "optimizer", "schedule", "data", "augmentation", "tiling", "run"]

Needs = tuple[str, tuple[str, ...]]
"""The name of another setting, and its choices for which this one has an effect."""


@dataclass(frozen=True, slots=True)
class _Words:
    group: Group
    title: str
    help: str
    unit: str = ""
    needs: Needs | None = None


_TILED: Needs = ("tiling", ("auto", "by_hand"))

_WORDS = {
    "epochs": _Words("basic", tr("Epochs"), tr("How often each training image is seen at most.")),
    "batch_size": _Words(
        "basic", tr("Batch size"), tr("Images per step. Larger is steadier and needs more memory."), unit=tr("images")
    ),
    "input_size": _Words(
        "basic",
        tr("Input size"),
        tr("Side of the square every image is fitted into. Small objects need a larger one; time grows by its square."),
        unit="px",
    ),
    "optimizer": _Words("optimizer", tr("Optimizer"), tr("SGD with momentum, or AdamW (arXiv 1711.05101).")),
    "learning_rate": _Words("optimizer", tr("Learning rate"), tr("Step size after warm-up.")),
    "momentum": _Words("optimizer", tr("Momentum"), tr("Of SGD; AdamW ignores it."), needs=("optimizer", ("sgd",))),
    "weight_decay": _Words(
        "optimizer", tr("Weight decay"), tr("Pull of the weights towards zero; norms and biases are spared.")
    ),
    "gradient_clip": _Words(
        "optimizer", tr("Gradient clipping"), tr("Longest allowed gradient (its norm). 0 turns it off.")
    ),
    "ema_decay": _Words(
        "optimizer",
        tr("EMA decay"),
        tr("Validate and keep a moving average of the weights with this decay. 0 turns it off."),
    ),
    "warmup_iterations": _Words(
        "schedule", tr("Warm-up"), tr("Steps over which the learning rate rises linearly."), unit=tr("steps")
    ),
    "decay": _Words(
        "schedule",
        tr("Decay"),
        tr(
            "Lower the learning rate when mask mAP stands still, along half a cosine to the last epoch, "
            "or flat at first and along half a cosine in the second half."
        ),
    ),
    "plateau_patience": _Words(
        "schedule",
        tr("Plateau patience"),
        tr("Validations without progress before the learning rate falls."),
        unit=tr("validations"),
        needs=("decay", ("plateau",)),
    ),
    "plateau_factor": _Words(
        "schedule", tr("Plateau factor"), tr("The learning rate is multiplied by this."), needs=("decay", ("plateau",))
    ),
    "minimum_learning_rate": _Words("schedule", tr("Lowest learning rate"), tr("No decay goes below.")),
    "early_stopping_patience": _Words(
        "schedule",
        tr("Early stopping"),
        tr("Validations without progress before training ends. 0 trains all epochs."),
        unit=tr("validations"),
    ),
    "early_stopping_delta": _Words(
        "schedule", tr("Smallest progress"), tr("Gain in mask mAP that counts as progress.")
    ),
    "validate_every": _Words("schedule", tr("Validate every"), tr("Epochs between validations."), unit=tr("epochs")),
    "sampling": _Words(
        "data",
        tr("Sampling"),
        tr(
            "Each image once an epoch; or images of rare classes more often, by the root of how much rarer their class "
            "is than the commonest (arXiv 1908.03195)."
        ),
    ),
    "negatives": _Words(
        "data", tr("Images without objects"), tr("Learn from them what is background. Off: they are left out.")
    ),
    "max_detections": _Words(
        "data",
        tr("Most objects"),
        tr(
            "So many are found in an image at most, and count in mAP. 0: half as many again as the fullest image of "
            "the dataset has, at least 100, or 1,000 with tiles."
        ),
        unit=tr("objects"),
    ),
    "flip": _Words("augmentation", tr("Flip"), tr("Chance that an image is mirrored left to right.")),
    "vertical_flip": _Words(
        "augmentation", tr("Flip upside down"), tr("Chance of it. For pictures without an up, as from a microscope.")
    ),
    "scale_jitter": _Words(
        "augmentation", tr("Scale jitter"), tr("Zoom between 1 − this and 1 + this, then cut or pad.")
    ),
    "crop": _Words(
        "augmentation", tr("Crop"), tr("Chance that a random part, a quarter of the image or more, fills the input.")
    ),
    "rotation": _Words("augmentation", tr("Rotation"), tr("Turn by up to this, either way."), unit="°"),
    "shear": _Words("augmentation", tr("Shear"), tr("Slant by up to this, either way."), unit="°"),
    "color_jitter": _Words(
        "augmentation", tr("Color jitter"), tr("Strength of random brightness, contrast, saturation and hue.")
    ),
    "mosaic": _Words(
        "augmentation",
        tr("Mosaic"),
        tr("Chance that four images are put together into one, each at half to full size (arXiv 2004.10934)."),
    ),
    "mixup": _Words(
        "augmentation", tr("Mixup"), tr("Chance that another image shines through, objects and all (arXiv 1710.09412).")
    ),
    "plain_epochs": _Words(
        "augmentation",
        tr("Plain epochs"),
        tr("The last epochs go without mosaic, mixup and crop, as in RTMDet's paper (arXiv 2212.07784)."),
        unit=tr("epochs"),
    ),
    "tiling": _Words(
        "tiling",
        tr("Tiling"),
        tr(
            "Cut images into tiles for training, validation and the export alike. Auto: where objects would be too "
            "small otherwise, with tiles that suit them."
        ),
    ),
    "tile_size": _Words(
        "tiling",
        tr("Tile size"),
        tr("Side of a tile when chosen by hand."),
        unit=tr("image px"),
        needs=("tiling", ("by_hand",)),
    ),
    "tile_overlap": _Words("tiling", tr("Overlap"), tr("Share of a tile that its neighbour sees too."), needs=_TILED),
    "tile_whole": _Words(
        "tiling",
        tr("Whole image too"),
        tr("Look at the whole image besides its tiles, for large objects."),
        needs=_TILED,
    ),
    "pretrained": _Words(
        "run",
        tr("Pretrained weights"),
        tr("Start from public weights; where they cannot be had, from what ships or from scratch, and say so."),
    ),
    "precision": _Words(
        "run", tr("Precision"), tr("Number format of the computation. Auto: half where the device is faster with it.")
    ),
    "workers": _Words(
        "run", tr("Loader processes"), tr("Processes that read and augment images. 0: in the training process.")
    ),
    "stop_after_minutes": _Words(
        "run", tr("Stop after"), tr("End then and keep the best model. 0: no limit."), unit=tr("minutes")
    ),
    "stop_at_map": _Words("run", tr("Stop at mask mAP"), tr("Good enough: end as soon as it is reached. 0: no limit.")),
    "stop_without_progress_minutes": _Words(
        "run",
        tr("Stop without progress for"),
        tr("End when mask mAP has not risen for so long. 0: no limit."),
        unit=tr("minutes"),
    ),
    "seed": _Words("run", tr("Seed"), tr("Same seed, data and machine: same run.")),
}
"""By the names of the settings; every setting has an entry."""


class SettingField(msgspec.Struct, frozen=True):
    """One setting as a form or a command line shows it."""

    name: str
    title: str
    help: str
    group: Group
    unit: str
    kind: Literal["int", "float", "bool", "choice"]
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    multiple_of: float | None = None
    needs: Needs | None = None
    """When the setting has an effect; ``None``: always."""


@cache
def fields() -> tuple[SettingField, ...]:
    """The settings in the order of the form."""
    return tuple(_field(item) for item in msgspec.inspect.type_info(TrainingSettings).fields)  # type: ignore[attr-defined]


def _field(item: msgspec.inspect.Field) -> SettingField:
    words = _WORDS[item.name]
    inner = item.type.type if isinstance(item.type, msgspec.inspect.Metadata) else item.type
    common: dict[str, Any] = {
        "name": item.name,
        "title": words.title,
        "help": words.help,
        "group": words.group,
        "unit": words.unit,
        "needs": words.needs,
    }
    if isinstance(inner, msgspec.inspect.BoolType):
        return SettingField(**common, kind="bool")
    if isinstance(inner, msgspec.inspect.LiteralType):
        # type_info sorts the choices; the order they are written in is the one people should see.
        return SettingField(**common, kind="choice", choices=TrainingSettings.__annotations__[item.name].__args__)
    assert isinstance(inner, msgspec.inspect.IntType | msgspec.inspect.FloatType)
    return SettingField(
        **common,
        kind="int" if isinstance(inner, msgspec.inspect.IntType) else "float",
        minimum=inner.ge if inner.ge is not None else inner.gt,
        maximum=inner.le if inner.le is not None else inner.lt,
        exclusive_minimum=inner.gt is not None,
        exclusive_maximum=inner.lt is not None,
        multiple_of=inner.multiple_of,
    )
