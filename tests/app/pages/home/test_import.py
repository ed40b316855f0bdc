"""A dataset of another format: the person sees what is in it, decides, and has it open."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from core.execution import process
from core.jobs import ConvertJob
from tests.app.pieces import child
from tests.core.dataset.formats.test_stacks import LEVELS, stack
from tests.core.dataset.formats.test_videos import video

FILES = Path(__file__).parents[3] / "core" / "dataset" / "formats" / "files"


@pytest.fixture
def source(tmp_path) -> Path:
    return shutil.copytree(FILES / "labelme", tmp_path / "cells")


@pytest.fixture
def looked_into(make_window, qtbot):
    """Opens something that is of another format; the Home page when it has looked into it."""

    def look(path: Path):
        window = make_window(spawn=process.start)
        window.document.open(path)
        qtbot.waitUntil(lambda: window.page is not None and window.page.importing.isVisible(), timeout=10_000)
        qtbot.waitUntil(window.page.importing.accept.isEnabled, timeout=30_000)
        return window, window.page.importing

    return look


def texts(view) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in view.findChildren(QLabel) if label.isVisible())


def test_what_is_in_it_is_shown_and_imported_beside_it(looked_into, source: Path, qtbot):
    window, view = looked_into(source)
    said = texts(view).replace("\u200b", "")
    for expected in ("LabelMe", "1 image", "5 instances", "leaf (1)", "linestrip", "cells (COCO)"):
        assert expected in said
    before = sorted(source.rglob("*"))
    with qtbot.waitSignal(window.document.opened, timeout=30_000):
        view.accept.click()
    assert window.document.path == source.with_name("cells (COCO)") and sorted(source.rglob("*")) == before
    assert [category.name for category in window.document.dataset.categories][:2] == ["leaf", "pair"]
    window.show_page("home")
    assert not view.isVisible() and window.page.drop.isVisible()


def test_an_archive_is_looked_into(looked_into, source: Path, qtbot, tmp_path):
    packed = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", source))
    window, view = looked_into(packed)
    assert "LabelMe" in texts(view) and not view.pictures.isVisible()
    with qtbot.waitSignal(window.document.opened, timeout=30_000):
        view.accept.click()
    assert window.document.path == tmp_path / "packed (COCO)"


def test_only_the_pictures_may_be_wanted_or_nothing(looked_into, source: Path, qtbot):
    window, view = looked_into(source)
    view.leave.click()
    assert window.document.dataset is None and window.page.drop.isVisible() and not view.isVisible()
    window.document.open(source)
    qtbot.waitUntil(view.isVisible, timeout=10_000)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        view.pictures.click()
    assert len(window.document.dataset.images) == 1 and not window.document.dataset.categories
    assert not source.with_name("cells (COCO)").exists()


def test_what_is_converted_is_not_opened_over_what_was_opened_meanwhile(
    make_window, source: Path, dataset_folder: Path, qtbot
):
    slowly = child("time.sleep(0.5); say(events.Done())")

    def spawn(folder):
        return (slowly if isinstance(folder.read_job().job, ConvertJob) else process.start)(folder)

    window = make_window(spawn=spawn)
    window.document.open(source)
    view = window.page.importing
    qtbot.waitUntil(lambda: view.isVisible() and view.accept.isEnabled(), timeout=30_000)
    view.accept.click()
    (conversion,), read = window.jobs.running(), []
    window.document.opening.connect(read.append)
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    qtbot.waitUntil(lambda: conversion.state == "done", timeout=10_000)
    assert read == [dataset_folder]


def test_a_conversion_that_was_stopped_can_be_tried_again(make_window, source: Path, qtbot):
    waiting = child("time.sleep(30)")

    def spawn(folder):
        return (waiting if isinstance(folder.read_job().job, ConvertJob) else process.start)(folder)

    window = make_window(spawn=spawn)
    window.document.open(source)
    view = window.page.importing
    qtbot.waitUntil(lambda: view.isVisible() and view.accept.isEnabled(), timeout=30_000)
    view.accept.click()
    (conversion,) = window.jobs.running()
    assert not view.accept.isEnabled()
    window.jobs.cancel(conversion)
    qtbot.waitUntil(view.accept.isEnabled, timeout=30_000)
    assert view.pictures.isEnabled()


def test_an_archive_of_something_else_says_why(make_window, tmp_path, qtbot):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.md").write_text("nothing")
    packed = Path(shutil.make_archive(str(tmp_path / "notes"), "zip", tmp_path / "notes"))
    window = make_window(spawn=process.start)
    window.document.open(packed)
    qtbot.waitUntil(lambda: window.page is not None and window.page.importing.error.isVisible(), timeout=30_000)
    assert not window.page.importing.accept.isEnabled()


def test_enter_presses_what_has_the_focus(looked_into, source: Path, qtbot):
    window, view = looked_into(source)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.focusWidget() is view.accept)
    with qtbot.waitSignal(window.document.opened, timeout=30_000):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert window.document.path == source.with_name("cells (COCO)")


def test_a_video_becomes_a_dataset_of_the_frames_that_are_chosen(looked_into, tmp_path, qtbot):
    window, view = looked_into(video(tmp_path / "a.clip.mp4", "mp4v"))
    said = texts(view).replace("\u200b", "")
    assert "Video · 6 s · 60 frames" in said and "about 6 images" in said and "a.clip (COCO)" in said
    assert view.frames.isVisible() and not view.pictures.isVisible()
    view.frames.interval.setValue(3)
    assert "about 2 images" in texts(view)
    with qtbot.waitSignal(window.document.opened, timeout=30_000):
        view.accept.click()
    assert [image.file_name for image in window.document.dataset.images] == [
        "a.clip_000000.jpg", "a.clip_000030.jpg"
    ]  # fmt: skip


def test_a_stack_becomes_images_or_is_opened_as_one(looked_into, tmp_path, qtbot):
    path = stack(tmp_path / "stacks" / "a.tif", LEVELS)
    window, view = looked_into(path)
    assert "12 images" in texts(view) and not view.frames.isVisible() and view.pictures.isVisible()
    with qtbot.waitSignal(window.document.opened, timeout=30_000):
        view.pictures.click()
    assert [image.file_name for image in window.document.dataset.images] == ["a.tif"]
