"""Pictures with instances drawn over them, one file an image."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.dataset.folder.own_outputs import is_drawn, with_mark
from core.dataset.palette import class_color
from core.errors import refused
from core.files import write_atomically
from core.inference.overlay import draw, shapes
from core.inference.prediction import Prediction
from core.plain_text import NO_LETTER
from core.recipes.model_spec import ModelSpec
from core.runs.control import Report
from core.runs.events import Warning
from core.words import tr

_LONGEST = 200
"""Bytes of a name, which may get a number and an ending: file systems have room for 255."""
_KEPT = tr("the results are kept; others that cannot be written are only counted")


class Overlays:
    """Writes overlays into a folder. They replace overlays of an earlier run, and no other files."""

    def __init__(self, folder: Path, spec: ModelSpec) -> None:
        self._folder = folder
        self._names = [item.name for item in spec.classes]
        self._colors = [class_color(label) for label in range(len(spec.classes))]
        self._taken: dict[str, int] = {}
        """The highest number behind each name that was given: a million pictures may be called the same."""
        self.missing = 0
        """Number of overlays that could not be drawn or written. Only the first is reported: the reason is often the
        same for all."""

    def draw(self, path: Path, picture: NDArray[np.uint8], prediction: Prediction, report: Report) -> None:
        """Write ``<name>.jpg`` for the RGB ``picture`` ``(h, w, 3)`` from ``path``. An error is reported and not
        raised: the results are worth more."""
        target = self._folder / path.stem
        try:
            target = self._target(path.stem)
            drawn = draw(picture, shapes(prediction), self._names, self._colors)
            write_atomically(target, with_mark(_jpeg(drawn)))
        except (OSError, MemoryError, ValueError, cv2.error) as error:
            self.missing += 1
            if self.missing == 1:
                reason = f"{target}: {error}"
                if isinstance(error, OSError):
                    reason = refused(error, target, "written").message
                report(Warning(message=tr("a picture with masks is missing: {reason}", reason=reason), hint=_KEPT))

    def _target(self, stem: str) -> Path:
        """``stem``, or ``stem-2`` and so on where another image or somebody else's file has that name."""
        stem = NO_LETTER.sub("_", stem).encode()[:_LONGEST].decode(errors="ignore")
        number = self._taken.get(stem.casefold(), 1)
        name = stem if number == 1 else f"{stem}-{number}"
        while name.casefold() in self._taken or (
            (path := self._folder / f"{name}.jpg").exists() and not is_drawn(path)
        ):
            number += 1
            name = f"{stem}-{number}"
        self._taken[stem.casefold()] = number
        self._taken.setdefault(name.casefold(), 1)
        return path


def _jpeg(picture: NDArray[np.uint8]) -> bytes:
    # imencode rather than imwrite: that one cannot open paths beyond ASCII on Windows
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise ValueError(tr("a JPEG has room for 65,500 pixels a side"))
    return data.tobytes()
