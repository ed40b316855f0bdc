"""A run folder that cannot be read is shown as that, beside the others."""

import os
import shutil
import sys

import pytest

from core.runs import events
from tests.app.pieces import make_run, plan, step, train_job, validation


@pytest.fixture
def runs(settings, tmp_path):
    """Three trainings; whatever is done to the second, the others are there."""
    said = (plan(), step(1), validation(1, 0.5), events.Done())
    return [make_run(settings.runs_folder, train_job(tmp_path), *said, model=True) for _ in range(3)]


@pytest.mark.parametrize("name", ["job.json", "events.jsonl"])
def test_it_hides_no_other_and_says_what_is_wrong(make_window, qtbot, runs, name):
    path = runs[1].path / name
    path.unlink()
    path.mkdir()
    window = make_window()
    window.show_page("train")
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() == 3, timeout=5000)
    assert {line.path for line in page.runs.summaries} == {runs[0].path, runs[2].path}
    row = page.runs.row_of(runs[1].path)
    assert page.runs.index(row).data().startswith("Damaged")
    page.list.setCurrentIndex(page.runs.index(row))
    assert page.damaged.isVisible() and name in page.damaged.accessibleName()
    window.grab()  # paints the row
    page.list.setCurrentIndex(page.runs.index(page.runs.row_of(runs[0].path)))
    qtbot.waitUntil(lambda: page.view is not None and page.view.isVisible() and page.view.run.loaded, timeout=5000)


def test_odd_files_of_a_run_do_not_hinder_looking_at_it(make_window, qtbot, runs):
    folder = runs[1]
    with folder.events.open("ab") as file:
        file.write(
            b'{"v":1,"seq":9,"time":1,"event":{"type":"sample","epoch":1,"files":["a\\u0000b","../x","nothing.jpg"]}}\n'
        )
        file.write(b'{"v":1,"seq":9,"time":1e300,"event":{"type":"log","message":"a"}}\n\xff\n')
    folder.log.write_bytes(b"\xff\xfe\0")
    (folder.path / "process.json").write_bytes(b"[null]")
    window = make_window()
    window.show_page("train")
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() == 3, timeout=5000)
    page.list.setCurrentIndex(page.runs.index(page.runs.row_of(folder.path)))
    qtbot.waitUntil(lambda: page.view is not None and page.view.run.loaded, timeout=5000)
    page.view.log.button.click()
    window.grab()
    assert page.view.run.history.best.map == 0.5 and page.view.samples.strip.pictures == []


def test_an_earlier_run_that_was_damaged_since_it_was_listed_is_not_drawn(make_window, qtbot, runs):
    window = make_window()
    window.show_page("train")
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() == 3, timeout=5000)
    (runs[0].path / "job.json").write_text("{")
    page.list.setCurrentIndex(page.runs.index(page.runs.row_of(runs[2].path)))
    qtbot.waitUntil(lambda: page.view is not None and page.view.isVisible() and page.view.run.loaded, timeout=5000)
    qtbot.waitUntil(lambda: page.view.curves.charts is not None, timeout=10_000)
    drawn = page.view.curves.charts.scores.names
    qtbot.waitUntil(lambda: "earlier 0" in drawn(), timeout=5000)
    assert "earlier 1" not in drawn(), "of two runs before this one, one is damaged"


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there all names are letters")
def test_a_run_whose_name_is_not_utf_8_hides_no_other(make_window, qtbot, runs):
    odd = runs[1].path.rename(runs[1].path.with_name(os.fsdecode(b"2026-01-01-\xff-1")))
    window = make_window()
    for key in ("train", "evaluate", "deploy", "home", "train"):
        window.show_page(key)
        window.grab()
    page = window.page
    qtbot.waitUntil(lambda: page.runs.rowCount() == 3, timeout=5000)
    page.list.setCurrentIndex(page.runs.index(page.runs.row_of(odd)))
    assert page.damaged.isVisible() and r"\xff-1 has a name that is not UTF-8" in page.damaged.accessibleName()


def test_a_run_whose_folder_went_away_since_it_was_listed_leaves_no_page_stuck(make_window, qtbot, runs, settings):
    window = make_window()
    window.show_page("deploy")
    qtbot.waitUntil(lambda: window.page.picker.count() == 3, timeout=5000)
    shutil.rmtree(settings.runs_folder)
    for key in ("evaluate", "deploy", "train"):
        window.show_page(key)
        window.grab()
    qtbot.waitUntil(lambda: window.page.runs.rowCount() == 0, timeout=5000)
