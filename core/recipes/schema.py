"""A recipe: a model and everything that decides how it is trained.

One schema is the source of the YAML files, of the form in the window and of the command's ``--set`` options: names,
types, ranges and defaults of the settings are here and nowhere else. What people read about them is in ``fields``.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.recipes.model_spec import MAX_DETECTIONS, Deviation, InputSpec, Mean, Pixel

ScheduleName = Literal["tuned", "classic"]
"""``classic`` is the training that OTX describes: SGD, a short warm-up, the rate lowered on a plateau, mirroring, EMA,
early stopping. ``tuned`` is ours; ``why_schedule`` says what it measured against the other, or that nobody did."""


class TrainingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything a person may change before a training starts, in the order of the form."""

    epochs: Annotated[int, Meta(ge=1, le=10_000)] = 100
    batch_size: Annotated[int, Meta(ge=1, le=512)] = 4
    input_size: Annotated[int, Meta(ge=64, le=4096, multiple_of=32)] = 640

    optimizer: Literal["sgd", "adamw"] = "sgd"
    learning_rate: Annotated[float, Meta(gt=0, le=10)] = 0.001
    momentum: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    weight_decay: Annotated[float, Meta(ge=0, le=1)] = 1e-4
    gradient_clip: Annotated[float, Meta(ge=0, le=1000)] = 35.0
    ema_decay: Annotated[float, Meta(ge=0, lt=1)] = 0.999

    warmup_iterations: Annotated[int, Meta(ge=0, le=100_000)] = 200
    decay: Literal["plateau", "cosine", "flat_cosine"] = "plateau"
    plateau_patience: Annotated[int, Meta(ge=0, le=1000)] = 4
    plateau_factor: Annotated[float, Meta(gt=0, lt=1)] = 0.1
    minimum_learning_rate: Annotated[float, Meta(ge=0, le=1)] = 4e-6
    early_stopping_patience: Annotated[int, Meta(ge=0, le=1000)] = 10
    early_stopping_delta: Annotated[float, Meta(ge=0, le=1)] = 0.001
    validate_every: Annotated[int, Meta(ge=1, le=1000)] = 1

    sampling: Literal["random", "class_balanced"] = "random"
    negatives: bool = True
    max_detections: Annotated[int, Meta(ge=0, le=MAX_DETECTIONS)] = 0

    flip: Annotated[float, Meta(ge=0, le=1)] = 0.5
    vertical_flip: Annotated[float, Meta(ge=0, le=1)] = 0.0
    scale_jitter: Annotated[float, Meta(ge=0, le=0.9)] = 0.0
    crop: Annotated[float, Meta(ge=0, le=1)] = 0.0
    rotation: Annotated[float, Meta(ge=0, le=180)] = 0.0
    shear: Annotated[float, Meta(ge=0, le=45)] = 0.0
    color_jitter: Annotated[float, Meta(ge=0, le=1)] = 0.0
    mosaic: Annotated[float, Meta(ge=0, le=1)] = 0.0
    mixup: Annotated[float, Meta(ge=0, le=1)] = 0.0
    plain_epochs: Annotated[int, Meta(ge=0, le=10_000)] = 0

    tiling: Literal["off", "auto", "by_hand"] = "off"
    tile_size: Annotated[int, Meta(ge=64, le=16_384)] = 512
    tile_overlap: Annotated[float, Meta(ge=0, le=0.5)] = 0.2
    tile_whole: bool = True

    pretrained: bool = True
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    workers: Annotated[int, Meta(ge=0, le=64)] = 0
    stop_after_minutes: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    stop_at_map: Annotated[float, Meta(ge=0, le=1)] = 0.0
    stop_without_progress_minutes: Annotated[float, Meta(ge=0, le=100_000)] = 0.0
    seed: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


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
    """Names of weights that its architecture's ``Segmenter`` lists, to start from, best first."""
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
