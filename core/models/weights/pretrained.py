"""Public weights: where they are, getting them, and putting them into a network.

They are looked for in a folder (``$MASKWRIGHT_WEIGHTS``, else ``weights`` in Maskwright's home), then on a mirror (the
address ``$MASKWRIGHT_MIRROR``, with the files by their published names), then where their authors publish them. What
ships with Maskwright is there when nothing better can be had. Only ``load_into`` imports torch.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import UserError
from core.models.weights.published import PublicWeights, fetched, folder
from core.resources import resource_folder
from core.runs.control import Check, Report
from core.runs.events import Log, Warning
from core.runs.folder import RunFolder
from core.runs.model_file import described, metadata
from core.runs.summary import validated_classes
from core.words import tr

if TYPE_CHECKING:
    from core.models.segmenter import Segmenter


_LISTED = 5
"""Most names of classes in a message."""


PUBLIC = {
    "rtmdet_ins_tiny_coco": PublicWeights(
        tr("RTMDet-Ins tiny trained on COCO"),
        "https://download.openmmlab.com/mmdetection/v3.0/rtmdet/rtmdet-ins_tiny_8xb32-300e_coco/"
        "rtmdet-ins_tiny_8xb32-300e_coco_20221130_151727-ec670f7e.pth",
        "ec670f7ee9e20bd7931e15f15b7016f7fe531baaab81f2e6153382d046111885",
        "Apache-2.0",
    ),
    "maskrcnn_resnet50_coco": PublicWeights(
        tr("Mask R-CNN R50-FPN trained on COCO"),
        "https://download.pytorch.org/models/maskrcnn_resnet50_fpn_coco-bf2d0c1e.pth",
        "bf2d0c1efbc936eeee2bc95a48e80ebc86b891f61b0106485937fc29f9315fc0",
        "BSD-3-Clause",
    ),
    "maskrcnn_resnet50_v2_coco": PublicWeights(
        tr("Mask R-CNN R50-FPN V2 trained on COCO"),
        "https://download.pytorch.org/models/maskrcnn_resnet50_fpn_v2_coco-73cbd019.pth",
        "73cbd0190fcbe3ba339921fbce2c3a0b6bb9126c9a133c85e43a2a8e060a109e",
        "BSD-3-Clause",
        185_828_065,
    ),
    "maskrcnn_swin_t_coco": PublicWeights(
        tr("Mask R-CNN Swin-T trained on COCO"),
        "https://download.openmmlab.com/mmdetection/v2.0/swin/mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco/"
        "mask_rcnn_swin-t-p4-w7_fpn_ms-crop-3x_coco_20210906_131725-bacf6f7b.pth",
        "bacf6f7b",
        "Apache-2.0",
    ),
    "efficientnet_b2_imagenet": PublicWeights(
        tr("EfficientNet-B2 trained on ImageNet"),
        "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-weights/"
        "tf_efficientnet_b2_ns-00306e48.pth",
        "00306e48",
        "Apache-2.0",
    ),
    "swin_t_imagenet": PublicWeights(
        tr("Swin-T trained on ImageNet"),
        "https://download.pytorch.org/models/swin_t-704ceda3.pth",
        "704ceda373461b0a224fcdddd75cd2a5e9f8064512ed47adbddef7f343fd147b",
        "BSD-3-Clause",
        113_445_839,
    ),
    "resnet50_imagenet": PublicWeights(
        tr("ResNet-50 trained on ImageNet"),
        "https://download.pytorch.org/models/resnet50-0676ba61.pth",
        "0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a",
        "BSD-3-Clause",
        102_530_333,
    ),
}
"""By the names that recipes use."""

BUNDLED = {
    "rtmdet_inst_tiny_shapes": tr("the shapes that ship with Maskwright"),
}
"""Weights in ``resources/weights``, made by ``packaging/make_starting_weights.py``: what sentences call them."""


def obtain(names: str | Sequence[str], report: Report, check: Check) -> Path | None:
    """The file of the first of ``names`` that can be had, best first; what ships comes last.

    When no public weights can be had, that is said in one warning, with what ships instead, else the answer is
    ``None``; without a network this takes three seconds.
    Raises ``UserError`` for a name that is in neither ``PUBLIC`` nor ``BUNDLED``, and what ``check`` raises.
    """
    names = [names] if isinstance(names, str) else names
    shipped = next((name for name in names if name in BUNDLED), None)
    wanted = {name: _known(name) for name in names if name not in BUNDLED}
    problems: list[str] = []
    unreachable: set[str | None] = set()
    for name, weights in wanted.items():
        path = _local(name, weights) or fetched(weights, folder(), problems, unreachable, report, check)
        if path:
            for problem in problems:
                report(
                    Log(message=tr("{problem}; starting from {title} instead", problem=problem, title=weights.title))
                )
            return path
    if problems:
        best = next(iter(wanted.values()))
        instead = tr(" Starting from {bundled}.", bundled=BUNDLED[shipped]) if shipped else ""
        hint = tr(
            "Put {file_name} into {folder}, or name a mirror in MASKWRIGHT_MIRROR.",
            file_name=best.file_name,
            folder=folder(),
        )
        report(
            Warning(
                message=tr(
                    "{title} cannot be had: {problems}.{instead}",
                    title=best.title,
                    problems="; ".join(problems),
                    instead=instead,
                ),
                hint=hint,
            )
        )
    return resource_folder("weights") / f"{shipped}.safetensors" if shipped else None


def _known(name: str) -> PublicWeights:
    if name not in PUBLIC:
        raise UserError(
            tr("there are no public weights called “{name}”", name=name),
            tr("known are {what}", what=", ".join([*PUBLIC, *BUNDLED])),
        )
    return PUBLIC[name]


def _local(name: str, weights: PublicWeights) -> Path | None:
    """A file under its published name, or under ours."""
    candidates = (weights.file_name, *(f"{name}{suffix}" for suffix in (".safetensors", ".pth", ".pt")))
    return next((folder() / file for file in candidates if (folder() / file).is_file()), None)


def load_into(segmenter: "Segmenter", path: Path, classes: Sequence[str], report: Report) -> None:
    """Start ``segmenter``, which learns ``classes``, from the weights in a file: public ones of its architecture, or a
    Maskwright model's.

    Classes of the same name continue with their heads, which is reported. Layers that fine-tuning should leave alone
    are frozen. Raises ``UserError`` when the file cannot be read or belongs to another architecture.
    """
    from core.models.weights.checkpoint import class_count, fill
    from core.models.weights.weights_file import read_tensors

    tensors = read_tensors(path)
    try:
        weights = segmenter.translate(tensors)
        if tensors.keys() == segmenter.state_dict().keys():
            rows = class_count(tensors, segmenter.class_rows)
            own = next((names for names in _own_classes(path) if len(names) == rows), None)
            weights = weights._replace(classes=own or weights.classes)
        continued = fill(segmenter, weights, classes)
    except UserError as error:
        raise UserError(tr("{path} does not fit: {message}", path=path, message=error.message), error.hint) from error
    report(Log(message=_in_words(classes, continued)))
    segmenter.freeze_pretrained()


def _own_classes(path: Path) -> Iterator[list[str]]:
    """What may be the classes of a model of ours, in the order of their rows, the surest first: as the weights say, as
    they were when the model was found to be the best, as ``model.json`` has them. In earlier versions that file could
    become one of other classes."""
    if path.suffix == ".safetensors":
        if spec := described(path):
            yield [item.name for item in spec.classes]
        if named := metadata(path).get("classes"):
            yield named.split(",")
    run = RunFolder(path.parent.parent)
    yield validated_classes(run)
    for place in (run, RunFolder(path.parent)):
        if spec := place.read_model():
            yield [item.name for item in spec.classes]


def _in_words(classes: Sequence[str], continued: Sequence[str]) -> str:
    new = [name for name in classes if name not in continued]
    listed = ", ".join(new[:_LISTED]) + (tr(" and {new} more", new=len(new) - _LISTED) if len(new) > _LISTED else "")
    if not continued:
        return f"The weights know none of the classes; new: {listed}"
    verb = tr("continues with its head") if len(continued) == 1 else tr("continue with their heads")
    return tr("{continued} of {classes} classes {verb}", continued=len(continued), classes=len(classes), verb=verb) + (
        f"; new: {listed}" if new else ""
    )
