"""What a child process is asked to do: ``job.json``, written before it starts."""

import msgspec

from core.recipes.schema import Recipe
from core.runs.events import Moment
from core.runs.fingerprint import Fingerprint


class Job(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="kind"):
    """Base of all jobs. Paths are absolute."""


class TrainJob(Job, frozen=True, kw_only=True, tag="train"):
    """Train ``recipe`` on the dataset at ``dataset``, evaluate the best model on its validation images."""

    recipe: Recipe
    dataset: str
    validation_fraction: float = 0.2
    """Used only when the dataset brings no split of its own."""
    weights: str | None = None
    """A checkpoint to start from, instead of the recipe's public weights."""
    resume: bool = False
    """Go on from ``checkpoints/last.ckpt`` of this run folder."""
    devices: int = 1
    """On each node; without a GPU, processes."""
    nodes: int = 1


class ProbeJob(Job, frozen=True, kw_only=True, tag="probe"):
    """Find out what a training would cost, with a few of its steps, and what stands in its way. Writes no model."""

    train: TrainJob


class EvaluateJob(Job, frozen=True, kw_only=True, tag="evaluate"):
    """COCO AP of a model (a run folder or an exported ``.xml``) on one split of a dataset."""

    model: str
    dataset: str
    split: str = "val"
    max_detections: int | None = None
    """Most objects of an image, instead of the model's own limit."""


class ExportJob(Job, frozen=True, kw_only=True, tag="export"):
    """Export the best model of the run folder ``run`` to OpenVINO, and measure it on the validation images."""

    run: str
    precision: str = "fp16"
    """Of the stored weights: ``fp32`` or ``fp16``."""
    dataset: str | None = None
    """Where to measure; the run's own dataset when left out."""
    max_detections: int | None = None
    """Most objects of an image, instead of the model's own limit."""
    measure: bool = True
    """Compare AP and speed with PyTorch. Off, the export is there in seconds: for a preview."""


class PredictJob(Job, frozen=True, kw_only=True, tag="predict"):
    """Predict on images; write overlays and ``predictions.json`` (COCO results) to ``output``."""

    model: str
    images: tuple[str, ...]
    output: str
    confidence: float = 0.3
    max_detections: int | None = None
    """Most objects of an image, instead of the model's own limit."""


class SuggestJob(Job, frozen=True, kw_only=True, tag="suggest"):
    """Let a model suggest instances for the images of ``dataset`` that nobody has labelled."""

    model: str
    dataset: str
    confidence: float = 0.3
    """Nothing that scores lower is suggested."""
    all: bool = False
    """For images that are labelled too: for what was overlooked there."""
    images: tuple[str, ...] = ()
    """Only for the images with these file names, labelled or not."""
    max_detections: int | None = None
    """Most objects of an image, instead of the model's own limit."""


class RankJob(Job, frozen=True, kw_only=True, tag="rank"):
    """Put the images of ``dataset`` that have no annotations in the order in which labelling them is most useful."""

    dataset: str
    model: str | None = None
    """Without one, by what the pictures look like alone."""


class SampleJob(Job, frozen=True, kw_only=True, tag="sample"):
    """Make the procedural sample dataset in the folder ``output``."""

    output: str
    train_images: int = 240
    validation_images: int = 40
    seed: int = 0
    size: int = 384
    """Side of the square pictures, in pixels."""


AnyJob = TrainJob | ProbeJob | EvaluateJob | ExportJob | PredictJob | SuggestJob | RankJob | SampleJob


class JobFile(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``job.json``."""

    v: int = 1
    job: AnyJob
    created: Moment
    command: str
    """The line that does the same in a terminal."""
    versions: dict[str, str] = {}
    dataset_hash: str = ""
    """``fingerprint.hash``; empty until the job has read its dataset."""
    fingerprint: Fingerprint | None = None
