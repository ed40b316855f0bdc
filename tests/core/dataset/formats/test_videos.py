"""Frames of a video become images that know where they come from."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.formats.convert import convert
from core.dataset.formats.found import OtherFormatError, require_coco
from core.dataset.formats.preview import preview, read_preview
from core.errors import UserError
from core.images.video import opened_video
from core.jobs import ConvertJob, PreviewJob
from core.runs.control import StopRequested, never
from core.runs.events import Done, Progress, Warning
from core.runs.folder import RunFolder
from core.runs.job_file import describe

RATE, LENGTH = 10, 60
CUTS = (0, 25, 40)
"""Frames with which a scene begins."""
SCENES = ((20, 20, 220), (220, 160, 20), (10, 60, 10))


def gray_level(number: int) -> int:
    """Of a square in a corner of a frame, by which it is known again."""
    return 4 * number + 8


def video(path: Path, codec: str) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), RATE, (160, 120))
    for number in range(LENGTH):
        frame = np.full((120, 160, 3), SCENES[sum(number >= cut for cut in CUTS) - 1], np.uint8)
        frame[:40, :40] = gray_level(number)
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture
def clip(tmp_path) -> Path:
    return video(tmp_path / "clip.mp4", "mp4v")


def converted(source: Path, output: Path, check=never, **more):
    job = ConvertJob(source=str(source), output=str(output), **more)
    events: list = []
    convert(job, RunFolder.create(output.parent / "runs", "convert", describe(job)), events.append, check)
    return events


def entries(folder: Path) -> list[dict]:
    return json.loads((folder / "annotations" / "instances_default.json").read_text())["images"]


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("a.avi", "MJPG"), ("a.mov", "mp4v"), ("a.webm", "VP80"), ("a.mkv", "FFV1")]
)
def test_a_frame_every_two_seconds_is_an_image_that_knows_its_time(name: str, codec: str, tmp_path: Path):
    before = video(tmp_path / name, codec).read_bytes()
    converted(tmp_path / name, tmp_path / "out", every=2)
    images = entries(tmp_path / "out")
    assert [(each["video"], each["frame"], each["time"]) for each in images] == [
        (name, 0, 0.0), (name, 20, 2.0), (name, 40, 4.0)
    ]  # fmt: skip
    dataset = open_dataset(tmp_path / "out")
    for image, frame in zip(dataset.images, (0, 20, 40), strict=True):
        assert abs(int(dataset.read_image(image)[20, 20, 0]) - gray_level(frame)) < 12
    assert (tmp_path / name).read_bytes() == before


def test_each_scene_gives_its_first_frame(clip: Path, tmp_path: Path):
    converted(clip, tmp_path / "out", scenes=True)
    assert [each["frame"] for each in entries(tmp_path / "out")] == list(CUTS)


def test_all_frames_may_be_taken_and_progress_is_that_of_the_video(clip: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("core.dataset.formats.sequence.PROGRESS_EVERY", 0)
    events = converted(clip, tmp_path / "out", every=0)
    assert len(entries(tmp_path / "out")) == LENGTH
    told = [(event.done, event.total) for event in events if isinstance(event, Progress)]
    assert told[-1] == (LENGTH, LENGTH) and sorted(told) == told
    assert isinstance(events[-1], Done) and events[-1].summary["images"] == LENGTH


def test_a_stop_is_heard_between_images_and_what_was_made_is_used_again(clip: Path, tmp_path: Path):
    asked = 0

    def check() -> None:
        nonlocal asked
        asked += 1
        if asked > 45:
            raise StopRequested

    with pytest.raises(StopRequested):
        converted(clip, tmp_path / "out", check, every=1)
    assert not (tmp_path / "out").exists()
    left = sorted((tmp_path / ".out.unfinished").rglob("*.jpg"))
    assert 0 < len(left) < 6
    (stray := left[0].with_name("clip_000007.jpg")).write_bytes(b"of another choice of frames")
    kept = {path.name: path.stat().st_ino for path in left}
    converted(clip, tmp_path / "out", every=1)
    made = {path.name: path.stat().st_ino for path in (tmp_path / "out").rglob("*.jpg")}
    assert len(made) == 6 and kept.items() <= made.items() and stray.name not in made


def test_frames_of_a_video_that_has_changed_are_made_anew(clip: Path, tmp_path: Path):
    old = tmp_path / ".out.unfinished" / "images" / "default" / "clip_000000.jpg"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"an older frame")
    os.utime(old, (1, 1))
    converted(clip, tmp_path / "out")
    assert open_dataset(tmp_path / "out").read_image(open_dataset(tmp_path / "out").images[0]).shape == (120, 160, 3)


def test_a_folder_of_videos_is_one_dataset(tmp_path: Path):
    folder = tmp_path / "videos"
    (folder / "day 2").mkdir(parents=True)
    for name in ("a.mp4", "day 2/a.mp4"):
        video(folder / name, "mp4v")
    (folder / "b.mp4").write_bytes(b"no video at all")
    events = converted(folder, tmp_path / "out", every=5)
    assert sorted({each["video"] for each in entries(tmp_path / "out")}) == ["a.mp4", "day 2/a.mp4"]
    assert len({each["file_name"] for each in entries(tmp_path / "out")}) == 4
    assert any("b.mp4" in event.message for event in events if isinstance(event, Warning))


def test_a_video_becomes_any_format(clip: Path, tmp_path: Path):
    converted(clip, tmp_path / "out", to="yolo", every=3)
    assert len(list((tmp_path / "out" / "images").rglob("*.jpg"))) == 2


def test_a_video_that_breaks_off_is_read_as_far_as_it_goes(tmp_path: Path):
    whole = video(tmp_path / "a.avi", "MJPG").read_bytes()
    (tmp_path / "a.avi").write_bytes(whole[: len(whole) * 2 // 3])
    events = converted(tmp_path / "a.avi", tmp_path / "out", every=1)
    assert 3 <= len(entries(tmp_path / "out")) < 6
    assert any("a.avi" in event.message for event in events if isinstance(event, Warning))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"\0\0\0\x20ftypisom" + bytes(4000),
        b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 20,
        b"RIFF\xff\xff\xff\xffAVI " + b"\xff" * 3000,
    ],
)
def test_what_is_no_video_is_refused_in_words(data: bytes, tmp_path: Path):
    (tmp_path / "a.mp4").write_bytes(data)
    with pytest.raises(UserError, match=r"a\.mp4") as caught:
        converted(tmp_path / "a.mp4", tmp_path / "out")
    assert caught.value.hint and not (tmp_path / "out").exists()


def test_more_frames_than_anybody_looks_at_are_refused(clip: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("core.dataset.formats.sequence.MOST_IMAGES", 10)
    with pytest.raises(UserError, match="more than 10 images"):
        converted(clip, tmp_path / "out", every=0)


def test_times_that_a_container_lacks_are_reckoned(clip: Path, monkeypatch):
    with opened_video(clip) as opened:
        get = opened._capture.get

        class Timeless:
            def __getattr__(self, name):
                return getattr(capture, name)

            def get(self, what):
                return 0.0 if what == cv2.CAP_PROP_POS_MSEC else get(what)

        capture, opened._capture = opened._capture, Timeless()
        times = [time for _, time in opened.frames()]
    assert np.allclose(np.diff(times), 1 / RATE)


def looked_into(source: Path, tmp_path: Path):
    job = PreviewJob(source=str(source))
    folder = RunFolder.create(tmp_path / "runs", "preview", describe(job))
    preview(job, folder, print, never)
    found = read_preview(folder.path)
    return found, [cv2.imread(str(folder.path / name)) for name in found.samples]


def test_a_preview_shows_a_video_from_beginning_to_end(clip: Path, tmp_path: Path):
    found, samples = looked_into(clip, tmp_path)
    assert (found.format, found.images, found.seconds) == ("video", LENGTH, LENGTH / RATE)
    levels = [int(sample[20, 20, 0]) for sample in samples]
    assert len(levels) == 6 and levels == sorted(levels) and levels[-1] - levels[0] > 150


def test_a_video_of_a_folder_that_cannot_be_read_does_not_take_the_others_with_it(clip: Path, tmp_path: Path):
    (clip.parent / "b.mp4").write_bytes(b"no video at all")
    found, samples = looked_into(clip.parent, tmp_path / "elsewhere")
    assert (found.images, len(samples)) == (LENGTH, 6) and [each.file for each in found.problems] == ["b.mp4"]


def test_what_is_dropped_is_told_to_be_a_video(clip: Path, tmp_path: Path):
    for path, said in ((clip, "is a video"), (tmp_path, "is a folder of videos")):
        with pytest.raises(OtherFormatError, match=said) as caught:
            require_coco([path])
        assert caught.value.source == path and not caught.value.pictures
