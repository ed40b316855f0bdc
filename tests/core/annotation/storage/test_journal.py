"""What a draft did is in the journal before anybody sees it, and is there after a crash."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import CompoundEdit
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import Category, open_dataset
from core.errors import UserError
from tests.core.annotation.edits import EDITS, Kept, add, change, classes, delete, mark, some_edit, square, state
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@contextmanager
def session(folder):
    """A dataset opened for editing until the block ends, like a window."""
    opened = open_draft(open_dataset(folder.path))
    try:
        yield opened.draft, opened.journal, opened.recovered
    finally:
        opened.journal.close()


def draw(draft, count=3):
    for number in range(count):
        draft.apply(add(draft, number % 3, square(number, number)))


def test_what_was_not_saved_is_there_after_a_crash(dataset, folder):
    started = time.time()
    with session(folder) as (draft, _, recovered):
        assert recovered is None
        draw(draft)
        coin = Category(8, "coin", (1, 2, 3))
        draft.apply(classes(draft, *draft.categories, coin))
        draft.apply(
            CompoundEdit(name="Two", edits=(mark(draft, 2, "done"), change(draft, 0, 4, square(3, 3, category=8))))
        )
        expected = state(draft)
    ended = time.time()
    for _ in range(2):  # nobody saved the second time either
        with session(folder) as (draft, _, recovered):
            assert started <= recovered.span[0] <= recovered.span[1] <= ended
            assert (recovered.edits, recovered.skipped, recovered.images) == (5, 0, {0, 1, 2})
            assert recovered.changed_files == () and draft.unsaved == 5
            assert state(draft) == expected
    with session(folder) as (draft, _, _):
        assert draft.new_id(0) == 12 and draft.new_id(2) == 3


def test_only_what_came_after_the_last_save_is_recovered(dataset, folder):
    with session(folder) as (draft, journal, _):
        draw(draft, 2)
        draft.apply(classes(draft, *draft.categories, Category(8, "coin")))
        save(draft.snapshot(), journal)
        draft.apply(change(draft, 1, 11, square(20, 20, category=8)))
        draft.apply(delete(draft, 0, 10))
        expected = state(draft)
    with session(folder) as (draft, journal, recovered):
        assert (recovered.edits, recovered.skipped) == (2, 0)
        assert state(draft) == expected
        save(draft.snapshot(), journal)
    with session(folder) as (draft, _, recovered):
        assert recovered is None and state(draft) == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=EDITS)
def test_whatever_was_edited_saved_and_interrupted_is_there_in_the_end(dataset, folder, numbers):
    before = {path: path.read_bytes() for path in (folder.path / "annotations").iterdir()}
    expected = state(Draft(dataset, Kept()))
    for start in range(0, len(numbers), 7):
        with session(folder) as (draft, journal, recovered):
            assert as_names(state(draft)) == as_names(expected)
            assert recovered is None or recovered.skipped == 0
            for kind, image_index, number in numbers[start : start + 7]:
                if kind == 7:
                    save(draft.snapshot(), journal)
                else:
                    draft.apply(some_edit(draft, kind, image_index, number))
            expected = state(draft)
    with session(folder) as (draft, journal, _):
        assert as_names(state(draft)) == as_names(expected)
        journal.path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def as_names(seen):
    """The same with classes by name and instances by id: ids of classes may be others when files are joined anew, and
    what was deleted, saved, and then taken back stands at the end of its file."""
    categories, instances, *others = seen
    names = {category.id: category.name for category in categories}
    shapes = [
        {id: (names[each.category], each.crowd, each.segmentation) for id, each in of_image} for of_image in instances
    ]
    return {(category.name, category.color) for category in categories}, shapes, others


def test_a_crash_between_two_files_of_one_save_does_nothing_twice(dataset, folder, monkeypatch):
    with session(folder) as (draft, journal, _):
        draft.apply(classes(draft, *draft.categories, Category(8, "coin")))
        draft.apply(add(draft, 0, square(1, 1, category=8)))
        draft.apply(add(draft, 2, square(2, 2, category=8)))
        expected = state(draft)
        whole = sys.modules["core.annotation.storage.saving"]._put

        def once(*args):
            whole(*args)
            raise InterruptedError("the power went off")

        monkeypatch.setattr("core.annotation.storage.saving._put", once)
        with pytest.raises(UserError):
            save(draft.snapshot(), journal)
        monkeypatch.undo()
        monkeypatch.setenv("MASKWRIGHT_HOME", str(journal.folder.parents[1]))
    with session(folder) as (draft, _, recovered):
        assert recovered.skipped == 0 and recovered.images == {2}
        assert state(draft) == expected


def test_who_does_not_want_them_gets_the_files_as_they_are(dataset, folder):
    with session(folder) as (draft, _, _):
        before = state(draft)
        draw(draft)
    with session(folder) as (_, journal, recovered):
        draft = recovered.discard()
        assert state(draft) == before and draft.unsaved == 0
        draft.apply(delete(draft, 0, 4))
        assert len(list(journal.folder.glob("journal-*.jsonl"))) == 1
    with session(folder) as (draft, _, recovered):
        assert recovered.edits == 1 and list(draft.annotations(0)) == [2]


def test_two_windows_do_not_edit_one_dataset(dataset, folder):
    with session(folder), pytest.raises(UserError, match="another window"):
        open_draft(dataset)
    with session(folder) as (draft, _, _):
        draw(draft)


def test_edits_find_their_images_when_pictures_were_added_meanwhile(folder):
    folder.pictures(["b.png", "c.png"], ".")
    with session(folder) as (draft, _, _):
        draft.apply(classes(draft, Category(1, "nut")))
        draft.apply(add(draft, 1, square(1, 1, category=1)))
        draft.apply(mark(draft, 0, "done"))
    folder.pictures(["a.png"], ".")
    with session(folder) as (draft, _, recovered):
        assert recovered.edits == 3
        assert [draft.instance_count(index) for index in range(3)] == [0, 0, 1]
        assert [draft.review(index) for index in range(3)] == ["to do", "done", "to do"]


def test_of_what_somebody_else_changed_meanwhile_the_rest_is_recovered(folder):
    file = folder.json("x.json", coco([image(1), image(2)], [annotation(1), annotation(2, 2)]))
    with session(folder) as (draft, _, _):
        draft.apply(change(draft, 0, 1, square(1, 1)))
        draft.apply(change(draft, 1, 2, square(1, 1)))
        draft.apply(add(draft, 0, square(9, 9), id=3))
        draft.apply(classes(draft, *draft.categories, Category(8, "coin")))
        draft.apply(add(draft, 0, square(5, 5, category=8), id=4))
        draft.apply(change(draft, 0, 3, square(10, 10)))
    theirs = [annotation(1), annotation(2, 2, segmentation=[[1, 1, 9, 1, 9, 9]]), annotation(3, 2, 8)]
    folder.json("x.json", coco([image(1), image(2)], theirs, [*coco([])["categories"], {"id": 8, "name": "ring"}]))
    with session(folder) as (draft, _, recovered):
        assert (recovered.edits, recovered.skipped) == (5, 1)
        assert "instance 2" in recovered.reasons[0] and recovered.changed_files == (file.name,)
        names = {category.id: category.name for category in draft.categories}
        assert names == {3: "nut", 7: "bolt", 8: "ring", 9: "coin"}
        assert list(draft.annotations(0).values()) == [square(1, 1), square(10, 10), square(5, 5, category=9)]
        assert names[draft.annotations(1)[3].category] == "ring"


HOSTILE = [
    b"",
    b"\n\n\n",
    b"\x00\xff\xfe garbage",
    b"null\n[]\n7\n",
    b'{"line": "journal"}\n',
    b'{"line": "journal", "version": 9, "dataset": "", "files": {}, "categories": []}\n',
    b"[" * 100_000 + b"\n",
    b'{"line": "edit", "number": 1, "places": {}, "edit": {"edit": "mark", "name": "", "image": 0}}\n',
    b'{"line": "edit", "number": 1, "places": {}, "edit": {"edit": "together", "name": "", "edits": []}}\n',
]
WRONG = [
    f'{{"edit": "change", "name": "x", "image": 0, "before": {{}}, "after": {{"50": {shape}}}}}'
    for shape in (
        '{"category": 3, "segmentation": [[1]], "box": [0, 0, 1, 1]}',
        '{"category": 3, "segmentation": [], "box": [0, 0, -1, 1e308]}',
        '{"category": 99, "segmentation": [], "box": [0, 0, 1, 1]}',
        '{"category": 3, "segmentation": {"size": [30, 40], "counts": [1e300]}, "box": [0, 0, 1, 1]}',
        '{"category": 3, "segmentation": {"size": "x", "counts": {}}, "box": [0, 0, 1, 1]}',
        '{"category": 3, "segmentation": [[0, 0, 1e308, 0, 1e308, 1e308]], "box": [0, 0, 1, 1]}',
        '{"category": 3, "segmentation": "../../etc/passwd", "box": [0, 0, 1, 1]}',
    )
] + [
    '{"edit": "mark", "name": "x", "image": 0, "before": "", "after": "hacked"}',
    '{"edit": "mark", "name": "x", "image": 5, "before": "", "after": "done"}',
    '{"edit": "classes", "name": "x", "before": [], "after": [{"id": 3, "name": "nut", "color": [1, 2, 999]}]}',
    '{"edit": "classes", "name": "x", "before": [{"id": 3, "name": "nut"}], "after": []}',
    '{"edit": "together", "name": "x", "edits": [{"edit": "together", "name": "y", "edits": []}]}',
]


@pytest.mark.parametrize("content", HOSTILE)
def test_a_journal_of_nonsense_is_put_aside(dataset, folder, content):
    with session(folder) as (draft, journal, _):
        before = state(draft)
    journal.path.write_bytes(content)
    with session(folder) as (draft, _, recovered):
        assert state(draft) == before
        assert recovered is None or (recovered.edits == 0 and recovered.skipped and recovered.reasons)
        draw(draft)


@pytest.mark.parametrize("edit", WRONG)
def test_an_edit_that_cannot_be_is_skipped_and_the_others_are_done(dataset, folder, edit):
    with session(folder) as (draft, journal, _):
        draw(draft)
        expected = state(draft)
    first, *rest = journal.path.read_bytes().splitlines(keepends=True)
    places = '{"0": ["annotations/instances_train.json", 1, "1.png"]}'
    line = f'{{"line": "edit", "number": 1, "places": {places}, "edit": {edit}}}\n'.encode()
    journal.path.write_bytes(first + line + b"".join(rest))
    with session(folder) as (draft, _, recovered):
        assert (recovered.edits, recovered.skipped) == (3, 1)
        assert state(draft) == expected


def test_a_torn_last_line_was_never_acknowledged(dataset, folder):
    with session(folder) as (draft, journal, _):
        draw(draft, 2)
        expected = state(draft)
        draw(draft, 1)
    whole = journal.path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for cut in range(last, len(whole) - 1, 37):
        journal.path.write_bytes(whole[:cut])
        with session(folder) as (draft, _, recovered):
            assert (recovered.edits, recovered.skipped) == (2, 0)
            assert state(draft) == expected


def test_on_a_full_disk_an_edit_is_refused_whole_and_work_goes_on_when_there_is_room(dataset, folder):
    with session(folder) as (draft, journal, _):
        draw(draft, 2)
        before, size = state(draft), journal.path.stat().st_size
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, limit[1]))
        try:
            with pytest.raises(UserError, match="no room left"):
                draw(draft, 1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert state(draft) == before and journal.path.stat().st_size == size
        draw(draft, 1)
        expected = state(draft)
    with session(folder) as (draft, _, recovered):
        assert (recovered.edits, recovered.skipped) == (3, 0) and state(draft) == expected


def test_a_home_that_cannot_be_written_is_said(dataset, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(UserError, match="drafts"):
        open_draft(dataset)


def test_an_append_writes_its_edit_behind_the_others_and_nothing_else(dataset, folder):
    with session(folder) as (draft, journal, _):
        edit = add(draft, 0, square(1, 1))
        journal.append(edit)
        before = journal.path.read_bytes()
        journal.append(edit)
        after = journal.path.read_bytes()
        assert after.startswith(before) and after.count(b"\n") == before.count(b"\n") + 1


def test_a_journal_that_was_closed_takes_no_edit(dataset):
    opened = open_draft(dataset)
    opened.journal.close()
    with pytest.raises(UserError, match="closed"):
        draw(opened.draft)


CHILD = """
import sys
from pathlib import Path
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset
from tests.core.annotation.edits import add, delete, square

draft = open_draft(open_dataset(Path(sys.argv[1]))).draft
for number in range(1_000_000):
    image = number % 3
    id = draft.new_id(image)
    draft.apply(add(draft, image, square(number % 30, number % 20), id))
    print(image, id, flush=True)  # what a person sees
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")
@pytest.mark.parametrize("seed", range(3))
def test_a_process_that_is_killed_loses_nothing_that_was_seen(dataset, folder, seed):
    command = [sys.executable, "-c", CHILD, str(folder.path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path.cwd(), env=os.environ | {"PYTHONPATH": "."})
    seen = [child.stdout.readline()]
    until = time.monotonic() + random.Random(seed).uniform(0.0, 0.3)
    while time.monotonic() < until:
        seen.append(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    seen += child.stdout.readlines()
    child.wait()
    child.stdout.close()
    shown = [tuple(map(int, line.split())) for line in seen if line.endswith(b"\n")]
    with session(folder) as (draft, _, recovered):
        assert recovered.skipped == 0 and len(shown) <= recovered.edits <= len(shown) + 1
        assert all(id in draft.annotations(image) for image, id in shown)
