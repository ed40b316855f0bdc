"""The record of an export, ``export.json`` beside the model: what it is worth. Read without torch."""

from pathlib import Path

import msgspec

from core.files import write_atomically
from core.reading import read_json
from core.recipes.model_spec import COCO_DETECTIONS
from core.runs.folder import RunFolder
from core.words import tr

FILE = "export.json"


class ExportRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one exported model. AP is COCO mask AP in 0–1, computed in float32 on the same validation images
    for both; a figure that was not measured is ``None``."""

    precision: str
    """Of the stored weights: ``fp32`` or ``fp16``."""
    weights: str = ""
    """``mark_of`` the weights that were exported; earlier versions left it out."""
    epoch: int = 0
    """After which they were kept; 0 where nothing says so."""
    size_mb: float
    images: int = 0
    """Number of images that AP was measured on."""
    max_detections: int = COCO_DETECTIONS
    """Objects of an image that are found at most, and counted."""
    ap_torch: float | None = None
    ap_ir: float | None = None
    latency_torch_ms: float | None = None
    """Median time for one image on this machine's CPU, pre- and postprocessing included."""
    latency_ms: float | None = None
    version: int = 1


def write(folder: Path, record: ExportRecord) -> None:
    """Write ``record`` into the folder of an export."""
    write_atomically(folder / FILE, msgspec.json.format(msgspec.json.encode(record), indent=2))


def read(folder: Path) -> ExportRecord:
    """The figures in the folder of an export. Raises ``UserError`` when there are none."""
    return read_json(
        folder / FILE,
        ExportRecord,
        tr("{path} is not the figures of an export: {reason}"),
        tr("export the model again"),
    )


def mark_of(weights: Path) -> str:
    """Size and modification time of a weights file, which change when it is written anew; empty when there is none."""
    try:
        status = weights.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"


def is_fresh(run: RunFolder, folder: Path, record: ExportRecord) -> bool:
    """Whether the export in ``folder`` was made from the present weights of its run; ``True`` where these are gone.

    Modification times alone decide only for records without a mark: a clock may have been set in between.
    """
    mark = mark_of(run.weights)
    if record.weights or not mark:
        return not mark or record.weights == mark
    return run.weights.stat().st_mtime <= (folder / "model.xml").stat().st_mtime


def exports(run: RunFolder) -> list[Path]:
    """The folders of a run's exports: those that hold a complete model with its figures."""
    return sorted(found.parent for found in run.export.glob(f"*/{FILE}") if (found.parent / "model.xml").is_file())
