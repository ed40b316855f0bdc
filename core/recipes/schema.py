"""A recipe: a model and everything that decides how it is trained.

One schema is the source of the YAML files, of the form in the window and of the command's ``--set`` options: each
setting carries its title, help, unit, range and group here and nowhere else.
"""

from functools import cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.recipes.model_spec import MAX_DETECTIONS, Deviation, InputSpec, Mean, Pixel

Group = Literal["basic", "optimizer", "schedule", "data", "augmentation", "tiling", "run"]

ScheduleName = Literal["tuned", "classic"]
"""``classic`` is the training that OTX describes: SGD, a short warm-up, the rate lowered on a plateau, mirroring, EMA,
early stopping. ``tuned`` is ours; ``why_schedule`` says what it measured against the other, or that nobody did."""


Needs = tuple[str, tuple[str, ...]]
"""The name of another setting, and its choices for which this one has an effect."""


def _about(
    title: str, description: str, group: Group, *, unit: str = "", needs: Needs | None = None, **limits: Any
) -> Meta:
    extra = {"group": group, "unit": unit, "needs": needs}
    return Meta(title=title, description=description, extra=extra, **limits)


_TILED: Needs = ("tiling", ("auto", "by_hand"))


class TrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a person may change before a training starts."""

    epochs: Annotated[
        int, _about("Epochs", "How often each training image is seen at most.", "basic", ge=1, le=10_000)
    ] = 100
    batch_size: Annotated[
        int,
        _about(
            "Batch size",
            "Images per step. Larger is steadier and needs more memory.",
            "basic",
            unit="images",
            ge=1,
            le=512,
        ),
    ] = 4
    input_size: Annotated[
        int,
        _about(
            "Input size",
            "Side of the square every image is fitted into. Small objects need a larger one; time grows by its square.",
            "basic",
            unit="px",
            ge=64,
            le=4096,
            multiple_of=32,
        ),
    ] = 640

    optimizer: Annotated[
        Literal["sgd", "adamw"], _about("Optimizer", "SGD with momentum, or AdamW (arXiv 1711.05101).", "optimizer")
    ] = "sgd"
    learning_rate: Annotated[float, _about("Learning rate", "Step size after warm-up.", "optimizer", gt=0, le=10)] = (
        0.001
    )
    momentum: Annotated[
        float, _about("Momentum", "Of SGD; AdamW ignores it.", "optimizer", needs=("optimizer", ("sgd",)), ge=0, lt=1)
    ] = 0.9
    weight_decay: Annotated[
        float,
        _about(
            "Weight decay", "Pull of the weights towards zero; norms and biases are spared.", "optimizer", ge=0, le=1
        ),
    ] = 1e-4
    gradient_clip: Annotated[
        float,
        _about("Gradient clipping", "Longest allowed gradient (its norm). 0 turns it off.", "optimizer", ge=0, le=1000),
    ] = 35.0
    ema_decay: Annotated[
        float,
        _about(
            "EMA decay",
            "Validate and keep a moving average of the weights with this decay. 0 turns it off.",
            "optimizer",
            ge=0,
            lt=1,
        ),
    ] = 0.999

    warmup_iterations: Annotated[
        int,
        _about(
            "Warm-up", "Steps over which the learning rate rises linearly.", "schedule", unit="steps", ge=0, le=100_000
        ),
    ] = 200
    decay: Annotated[
        Literal["plateau", "cosine", "flat_cosine"],
        _about(
            "Decay",
            "Lower the learning rate when mask mAP stands still, along half a cosine to the last epoch, "
            "or flat at first and along half a cosine in the second half.",
            "schedule",
        ),
    ] = "plateau"
    plateau_patience: Annotated[
        int,
        _about(
            "Plateau patience",
            "Validations without progress before the learning rate falls.",
            "schedule",
            unit="validations",
            needs=("decay", ("plateau",)),
            ge=0,
            le=1000,
        ),
    ] = 4
    plateau_factor: Annotated[
        float,
        _about(
            "Plateau factor",
            "The learning rate is multiplied by this.",
            "schedule",
            needs=("decay", ("plateau",)),
            gt=0,
            lt=1,
        ),
    ] = 0.1
    minimum_learning_rate: Annotated[
        float, _about("Lowest learning rate", "No decay goes below.", "schedule", ge=0, le=1)
    ] = 4e-6
    early_stopping_patience: Annotated[
        int,
        _about(
            "Early stopping",
            "Validations without progress before training ends. 0 trains all epochs.",
            "schedule",
            unit="validations",
            ge=0,
            le=1000,
        ),
    ] = 10
    early_stopping_delta: Annotated[
        float, _about("Smallest progress", "Gain in mask mAP that counts as progress.", "schedule", ge=0, le=1)
    ] = 0.001
    validate_every: Annotated[
        int, _about("Validate every", "Epochs between validations.", "schedule", unit="epochs", ge=1, le=1000)
    ] = 1

    sampling: Annotated[
        Literal["random", "class_balanced"],
        _about(
            "Sampling",
            "Each image once an epoch; or images of rare classes more often, by the root of how much rarer their class "
            "is than the commonest (arXiv 1908.03195).",
            "data",
        ),
    ] = "random"
    negatives: Annotated[
        bool,
        _about("Images without objects", "Learn from them what is background. Off: they are left out.", "data"),
    ] = True
    max_detections: Annotated[
        int,
        _about(
            "Most objects",
            "So many are found in an image at most, and count in mAP. 0: half as many again as the fullest image of "
            "the dataset has, at least 100, or 1,000 with tiles.",
            "data",
            unit="objects",
            ge=0,
            le=MAX_DETECTIONS,
        ),
    ] = 0

    flip: Annotated[
        float, _about("Flip", "Chance that an image is mirrored left to right.", "augmentation", ge=0, le=1)
    ] = 0.5
    vertical_flip: Annotated[
        float,
        _about(
            "Flip upside down",
            "Chance of it. For pictures without an up, as from a microscope.",
            "augmentation",
            ge=0,
            le=1,
        ),
    ] = 0.0
    scale_jitter: Annotated[
        float,
        _about("Scale jitter", "Zoom between 1 − this and 1 + this, then cut or pad.", "augmentation", ge=0, le=0.9),
    ] = 0.0
    crop: Annotated[
        float,
        _about(
            "Crop",
            "Chance that a random part, a quarter of the image or more, fills the input.",
            "augmentation",
            ge=0,
            le=1,
        ),
    ] = 0.0
    rotation: Annotated[
        float,
        _about("Rotation", "Turn by up to this, either way.", "augmentation", unit="°", ge=0, le=180),
    ] = 0.0
    shear: Annotated[
        float, _about("Shear", "Slant by up to this, either way.", "augmentation", unit="°", ge=0, le=45)
    ] = 0.0
    color_jitter: Annotated[
        float,
        _about(
            "Color jitter", "Strength of random brightness, contrast, saturation and hue.", "augmentation", ge=0, le=1
        ),
    ] = 0.0
    mosaic: Annotated[
        float,
        _about(
            "Mosaic",
            "Chance that four images are put together into one, each at half to full size (arXiv 2004.10934).",
            "augmentation",
            ge=0,
            le=1,
        ),
    ] = 0.0
    mixup: Annotated[
        float,
        _about(
            "Mixup",
            "Chance that another image shines through, objects and all (arXiv 1710.09412).",
            "augmentation",
            ge=0,
            le=1,
        ),
    ] = 0.0
    plain_epochs: Annotated[
        int,
        _about(
            "Plain epochs",
            "The last epochs go without mosaic, mixup and crop, as in RTMDet's paper (arXiv 2212.07784).",
            "augmentation",
            unit="epochs",
            ge=0,
            le=10_000,
        ),
    ] = 0

    tiling: Annotated[
        Literal["off", "auto", "by_hand"],
        _about(
            "Tiling",
            "Cut images into tiles for training, validation and the export alike. Auto: where objects would be too "
            "small otherwise, with tiles that suit them.",
            "tiling",
        ),
    ] = "off"
    tile_size: Annotated[
        int,
        _about(
            "Tile size",
            "Side of a tile when chosen by hand.",
            "tiling",
            unit="image px",
            needs=("tiling", ("by_hand",)),
            ge=64,
            le=16_384,
        ),
    ] = 512
    tile_overlap: Annotated[
        float,
        _about("Overlap", "Share of a tile that its neighbour sees too.", "tiling", needs=_TILED, ge=0, le=0.5),
    ] = 0.2
    tile_whole: Annotated[
        bool,
        _about(
            "Whole image too", "Look at the whole image besides its tiles, for large objects.", "tiling", needs=_TILED
        ),
    ] = True

    pretrained: Annotated[
        bool,
        _about(
            "Pretrained weights",
            "Start from public weights; where they cannot be had, from what ships or from scratch, and say so.",
            "run",
        ),
    ] = True
    precision: Annotated[
        Literal["auto", "fp32", "bf16", "fp16"],
        _about("Precision", "Number format of the computation. Auto: half where the device is faster with it.", "run"),
    ] = "auto"
    workers: Annotated[
        int,
        _about(
            "Loader processes",
            "Processes that read and augment images. 0: in the training process.",
            "run",
            ge=0,
            le=64,
        ),
    ] = 0
    stop_after_minutes: Annotated[
        float,
        _about("Stop after", "End then and keep the best model. 0: no limit.", "run", unit="minutes", ge=0, le=100_000),
    ] = 0.0
    stop_at_map: Annotated[
        float, _about("Stop at mask mAP", "Good enough: end as soon as it is reached. 0: no limit.", "run", ge=0, le=1)
    ] = 0.0
    stop_without_progress_minutes: Annotated[
        float,
        _about(
            "Stop without progress for",
            "End when mask mAP has not risen for so long. 0: no limit.",
            "run",
            unit="minutes",
            ge=0,
            le=100_000,
        ),
    ] = 0.0
    seed: Annotated[int, _about("Seed", "Same seed, data and machine: same run.", "run", ge=0, le=2**31 - 1)] = 0


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A named model with its settings, as in ``resources/recipes/<name>.yaml``."""

    name: Annotated[str, Meta(pattern=r"^[a-z0-9_]+$")]
    title: str
    architecture: str
    """Key of the registry in ``core.models``."""
    backbone: str
    good_for: str
    """One sentence: when to choose it."""
    pad_value: Pixel
    mean: tuple[Mean, Mean, Mean]
    std: tuple[Deviation, Deviation, Deviation]
    weights: tuple[str, ...] = ()
    """Names in ``core.models.weights.pretrained`` of public weights it can start from, best first."""
    schedule: ScheduleName = "tuned"
    """Which schedule ``settings`` follow; in a recipe that ships, the one that measured better."""
    why_schedule: str = ""
    """What was measured to choose it, in one sentence."""
    alternatives: dict[ScheduleName, dict[str, Any]] = {}
    """The other schedule: the settings it changes."""
    settings: TrainingSettings = TrainingSettings()

    def input_spec(self) -> InputSpec:
        """What the network takes with these settings."""
        side = self.settings.input_size
        return InputSpec(height=side, width=side, pad_value=self.pad_value, mean=self.mean, std=self.std)


class Field(msgspec.Struct, frozen=True):
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
def fields() -> tuple[Field, ...]:
    """The settings in the order of the form."""
    return tuple(_field(item) for item in msgspec.inspect.type_info(TrainingSettings).fields)  # type: ignore[attr-defined]


def _field(item: msgspec.inspect.Field) -> Field:
    metadata = item.type
    assert isinstance(metadata, msgspec.inspect.Metadata), f"{item.name} lacks its title, help and group"
    described: dict[str, Any] = metadata.extra_json_schema or {}
    extra: dict[str, Any] = metadata.extra or {}
    inner = metadata.type
    common: dict[str, Any] = {
        "name": item.name,
        "title": described["title"],
        "help": described["description"],
        "group": extra["group"],
        "unit": extra["unit"],
        "needs": extra["needs"],
    }
    if isinstance(inner, msgspec.inspect.BoolType):
        return Field(**common, kind="bool")
    if isinstance(inner, msgspec.inspect.LiteralType):
        # type_info sorts the choices; the order they are written in is the one people should see.
        annotated = TrainingSettings.__annotations__[item.name].__args__[0]
        return Field(**common, kind="choice", choices=annotated.__args__)
    assert isinstance(inner, msgspec.inspect.IntType | msgspec.inspect.FloatType)
    return Field(
        **common,
        kind="int" if isinstance(inner, msgspec.inspect.IntType) else "float",
        minimum=inner.ge if inner.ge is not None else inner.gt,
        maximum=inner.le if inner.le is not None else inner.lt,
        exclusive_minimum=inner.gt is not None,
        exclusive_maximum=inner.lt is not None,
        multiple_of=inner.multiple_of,
    )
