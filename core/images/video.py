"""Videos: their frames one after the other, upright, as FFmpeg decodes them in OpenCV.

Only containers that are told by how they begin are opened: FFmpeg would also follow a play list to other files and
hosts. A decoder may crash on a hostile file: videos are read in the process of a job.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import UserError
from core.geometry.rle import MAX_PIXELS
from core.reading import open_regular
from core.words import tr

SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv")
"""How the names of videos end."""
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
"""What an MP4 or QuickTime file has at its fifth byte."""
_BEGINNINGS = (b"\x1a\x45\xdf\xa3", b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3", b"\x30\x26\xb2\x75", b"FLV\x01")
"""Matroska and WebM, MPEG, ASF, Flash."""
_FASTEST = 1000.0
"""Frames a second: what a container states beyond is nothing that it knows."""
_CHANGE = 27.0
"""Mean difference of hue, saturation and value between two frames from which on a scene begins, of 255: the default of
PySceneDetect's content detector (https://www.scenedetect.com/docs/latest/api/detectors.html)."""
_SHORTEST_SCENE = 0.6
"""Seconds."""
_COMPARED = (64, 36)
"""Width and height at which frames are compared."""
_SAVED = (cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)

Pixels = NDArray[np.uint8]
"""BGR, shape ``(height, width, 3)``."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, as long as the next one is not asked for."""

    number: int
    """From 0."""
    time: float
    """Seconds from the beginning."""
    pixels: Pixels

    def jpeg(self) -> bytes:
        """The frame as a file, with all of its colors: it is compressed a second time."""
        encoded: bytes = cv2.imencode(".jpg", self.pixels, _SAVED)[1].tobytes()
        return encoded


class Video:
    """An open video. Read from one thread."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        rate, count = capture.get(cv2.CAP_PROP_FPS), capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.rate = rate if math.isfinite(rate) and 0 < rate <= _FASTEST else 25.0
        """Frames a second, on average."""
        self.count = int(count) if math.isfinite(count) and 0 < count < 1 << 40 else 0
        """About so many frames; 0 where the container does not say."""

    @property
    def seconds(self) -> float:
        """How long it is, about."""
        return self.count / self.rate

    def frames(self) -> Iterator[tuple[int, float]]:
        """Number and time of each frame; while one is the latest, ``pixels`` are its own. Times that the container
        lacks, or that do not grow, are reckoned by the rate."""
        number, last = 0, -1.0
        while self._capture.grab():
            time = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if not (math.isfinite(time) and time > last):
                time = max(number / self.rate, last + 0.5 / self.rate)
            yield number, time
            number, last = number + 1, time

    def pixels(self) -> Pixels | None:
        """The latest frame; ``None`` where it is broken."""
        read, pixels = self._capture.retrieve()
        if not read or pixels is None or pixels.ndim != 3 or not pixels.size:
            return None
        return np.asarray(pixels, np.uint8)

    def frame_near(self, share: float) -> Pixels | None:
        """A frame near this share of the whole, 0–1; what was read before counts no more."""
        self._capture.set(cv2.CAP_PROP_POS_FRAMES, int(share * max(self.count - 1, 0)))
        return self.pixels() if self._capture.grab() else None


def is_video(path: Path) -> bool:
    """Whether a file is called like a video, and is not hidden."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


@contextmanager
def opened_video(path: Path) -> Iterator[Video]:
    """The video in a file. Raises ``UserError`` for what is none, or cannot be decoded."""
    try:
        with open_regular(path) as file:
            head = file.read(12)
    except OSError as error:
        raise UserError(tr("{path} cannot be read: {reason}", path=path, reason=error.strerror or "")) from error
    if not (head[4:8] in _BOXES or head.startswith(_BEGINNINGS) or (head[:4] == b"RIFF" and head[8:] == b"AVI ")):
        raise UserError(
            tr("{path} is no video", path=path), tr("MP4, QuickTime, AVI, Matroska, WebM and MPEG are read")
        )
    capture = cv2.VideoCapture(str(path.absolute()), cv2.CAP_FFMPEG)
    try:
        width, height = (int(capture.get(each)) for each in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        if not capture.isOpened() or not 0 < width * height <= MAX_PIXELS:
            raise UserError(
                tr("{path} cannot be decoded: it is damaged, or its codec is not known", path=path),
                tr("save it as MP4 with H.264 in the program that made it"),
            )
        yield Video(capture)
    finally:
        capture.release()


def frames_every(video: Video, seconds: float) -> Iterator[Frame | None]:
    """The first frame, and the first after each further ``seconds``; all for 0. ``None`` for each one between."""
    due = 0.0
    for number, time in video.frames():
        pixels = video.pixels() if time >= due - 0.5 / video.rate else None
        if pixels is None:
            yield None
            continue
        yield Frame(number, time, pixels)
        due = (math.floor((time + 0.5 / video.rate) / seconds) + 1) * seconds if seconds > 0 else 0.0


def frames_of_scenes(video: Video) -> Iterator[Frame | None]:
    """The first frame of each scene, ``None`` for all others: a scene begins where much differs from the frame
    before."""
    last, began = None, -math.inf
    for number, time in video.frames():
        pixels = video.pixels()
        if pixels is None:
            yield None
            continue
        small = cv2.cvtColor(cv2.resize(pixels, _COMPARED, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2HSV)
        change = math.inf if last is None else float(cv2.absdiff(small, last).mean())
        last = small
        begins = change >= _CHANGE and time - began >= _SHORTEST_SCENE
        began = time if begins else began
        yield Frame(number, time, pixels) if begins else None
