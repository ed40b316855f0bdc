"""A public SAM: where it is, and getting it.

It is looked for in a folder, see ``folder``, then on the mirror and at the publisher's as all weights are (see
``core.models.weights.published``). Any other pair of files in that folder does as well.
"""

from pathlib import Path

from core.annotation.assist.sam.files import models
from core.errors import UserError
from core.models.weights import published
from core.models.weights.published import PublicWeights
from core.runs.control import Check, Report
from core.words import tr

_PUBLISHED = "https://huggingface.co/Acly/MobileSAM/resolve/0d3b403339b4674a82493d5e97964dd78089ddc8"
PUBLIC = (
    PublicWeights(
        tr("MobileSAM’s encoder"),
        f"{_PUBLISHED}/mobile_sam_image_encoder.onnx",
        "580f5fb648ea1062c0aabc26217aed56921985f03f0cbbd852bba81d760cc749",
        tr("Apache-2.0 (exported to ONNX under MIT)"),
    ),
    PublicWeights(
        tr("MobileSAM’s decoder"),
        f"{_PUBLISHED}/sam_mask_decoder_multi.onnx",
        "8976b90a87ba50a6a72217a5ff994f7d25ce16f2229fcc1ed259e1294c622ffe",
        tr("Apache-2.0 (exported to ONNX under MIT)"),
    ),
)
"""MobileSAM (arXiv 2306.14289) with a decoder that gives four masks: 28 and 16 MB."""


def folder() -> Path:
    """Where SAM's files are kept."""
    return published.folder() / "sam"


def present(place: Path | None = None) -> bool:
    """Whether there are models in ``place``, or in ``folder``; a look at the names, quick enough for the window."""
    return len(models(place or folder())) >= 2


def obtain(report: Report, check: Check) -> Path:
    """The folder with a SAM in it: what is there, else ``PUBLIC``, downloaded.

    Raises ``UserError`` that says what to put where when it cannot be had, and what ``check`` raises.
    """
    place = folder()
    if present():
        return place
    problems: list[str] = []
    unreachable: set[str | None] = set()
    for weights in PUBLIC:
        if published.fetched(weights, place, problems, unreachable, report, check) is None:
            raise UserError(
                tr("{title} cannot be had: {problems}", title=weights.title, problems="; ".join(problems)),
                tr(
                    "put {encoder} and {decoder}, or another SAM encoder and decoder as ONNX or "
                    "OpenVINO IR, into {folder}, choose a folder that has them, or name a mirror in MASKWRIGHT_MIRROR",
                    encoder=PUBLIC[0].file_name,
                    decoder=PUBLIC[1].file_name,
                    folder=place,
                ),
            )
    return place
