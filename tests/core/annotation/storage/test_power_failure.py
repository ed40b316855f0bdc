"""The power fails at any moment: what a person could rely on is in the files, or is there when they are opened."""

import sys

import pytest

from core.annotation.editing.draft import Draft
from core.annotation.storage.journal_file import JournalFile
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import Category, open_dataset
from tests.core.annotation.disk import Disk
from tests.core.annotation.edits import Kept, add, change, classes, delete, mark, square, state
from tests.core.annotation.storage.test_journal import as_names
from tests.core.conftest import Folder
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Dataset and home, on one disk."""
    (tmp_path / "disk").mkdir()
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "disk" / "home"))
    monkeypatch.setattr(JournalFile, "_follow", lambda file: None)  # the disk is waited for where the test says so
    return tmp_path / "disk"


class Person:
    """Edits and saves; notes every state, and which of them is relied on."""

    def __init__(self, folder, disk):
        self.disk = disk
        self.opened = open_draft(open_dataset(folder))
        self.draft = self.opened.draft
        self.states = [as_names(state(self.draft))]

    def do(self, edit):
        self.draft.apply(edit)
        self.states.append(as_names(state(self.draft)))
        self.disk.newest += 1

    def wait(self):
        """A second passes: the journal is on the disk."""
        self.opened.journal._file.sync()
        self.disk.acknowledged = self.disk.newest

    def save(self):
        snapshot = self.draft.snapshot()
        save(snapshot, self.opened.journal)
        self.draft.saved(snapshot)
        self.disk.acknowledged = self.disk.saved = self.disk.newest
        self.disk.note("saved")


def work(person):
    """Edits of all kinds between two saves and after."""
    draft = person.draft
    person.do(add(draft, 0, square(1, 1)))
    person.do(add(draft, 1, square(2, 2)))
    person.save()
    person.do(classes(draft, *draft.categories, Category(8, "coin")))
    person.do(change(draft, 0, 1, square(5, 5, category=8)))
    person.wait()
    person.do(delete(draft, 1, 2))
    person.do(mark(draft, 1, "done"))
    person.save()
    person.do(add(draft, 1, square(9, 9, category=8)))
    person.opened.journal.close()
    person.disk.acknowledged = person.disk.newest


def annotated(folder):
    folder.json("annotations/all.json", coco([image(1), image(2)], [annotation(1), annotation(2, 2)]))


def two_files(folder):
    folder.json("annotations/instances_train.json", coco([image(1)], [annotation(1)]))
    folder.json("annotations/instances_val.json", coco([image(2)], [annotation(2, 2)]))


@pytest.mark.parametrize("make", [annotated, two_files])
def test_whatever_was_relied_on_is_there_after_a_power_failure(root, monkeypatch, make):
    folder = Folder(root / "parts")
    folder.path.mkdir()
    folder.pictures(["1.png", "2.png"])
    make(folder)
    with monkeypatch.context() as patch, Disk(root, patch) as disk:
        person = Person(folder.path, disk)
        work(person)
    check(disk, folder, person.states)


def check(disk, folder, states):
    crashes = 0
    for name, moment in disk.crashes():
        crashes += 1
        dataset = open_dataset(folder.path)
        if moment.saved == moment.newest:
            assert as_names(state(Draft(dataset, Kept()))) == states[moment.saved], f"in the files, {name}"
        opened = open_draft(dataset)
        found, recovered = as_names(state(opened.draft)), opened.recovered
        opened.journal.close()
        assert found in states[moment.acknowledged : moment.newest + 1], name
        assert recovered is None or (recovered.skipped, recovered.changed_files) == (0, ()), name
    assert crashes > 20


def test_the_first_file_of_a_folder_is_there_after_a_power_failure(root, monkeypatch):
    folder = Folder(root / "parts")
    folder.path.mkdir()
    folder.pictures(["1.png", "2.png"], ".")
    with monkeypatch.context() as patch, Disk(root, patch) as disk:
        person = Person(folder.path, disk)
        person.do(classes(person.draft, Category(1, "nut")))
        person.do(add(person.draft, 0, square(1, 1, category=1)))
        person.save()
        person.do(add(person.draft, 1, square(9, 9, category=1)))
        person.opened.journal.close()
        person.disk.acknowledged = person.disk.newest
    check(disk, folder, person.states)
