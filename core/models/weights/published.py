"""Public files: where they are kept, and downloading them. Imports no torch: the window uses it too."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from core.files import home
from core.models.weights.download import download
from core.models.weights.http import NotObtainedError, UnreachableError
from core.runs.control import Check, Report
from core.runs.events import Log, Stage
from core.words import tr


@dataclass(frozen=True, slots=True)
class PublicWeights:
    """Weights that somebody publishes."""

    title: str
    url: str
    sha256: str
    """Its SHA-256; where only its beginning is published, in the file's name, that."""
    licence: str
    size: int | None = None
    """In bytes, where it is known."""

    @property
    def file_name(self) -> str:
        return Path(urlsplit(self.url).path).name


def folder() -> Path:
    """Where weights are kept."""
    return Path(os.environ.get("MASKWRIGHT_WEIGHTS") or home() / "weights")


def fetched(
    weights: PublicWeights,
    place: Path,
    problems: list[str],
    unreachable: set[str | None],
    report: Report,
    check: Check,
) -> Path | None:
    """The file, downloaded into the folder ``place``; else adds why not to ``problems``, and who does not answer to
    ``unreachable``."""
    target = place / weights.file_name
    mirror = os.environ.get("MASKWRIGHT_MIRROR", "").rstrip("/")
    for url in (*([f"{mirror}/{weights.file_name}"] if mirror else []), weights.url):
        host = urlsplit(url).hostname
        if host in unreachable:
            continue
        report(Stage(name=tr("Getting {title}", title=weights.title)))
        try:
            digest = download(url, target, weights.sha256, report, check, weights.size)
            if len(weights.sha256) < len(digest):
                message = tr(
                    "{file}: only the first {digits} digits of its SHA-256 are published and were compared; "
                    "the whole is {digest}",
                    file=target.name,
                    digits=len(weights.sha256),
                    digest=digest,
                )
                report(Log(message=message))
            return target
        except NotObtainedError as error:
            problems.append(str(error))
            if isinstance(error, UnreachableError):
                unreachable.add(host)
    return None
