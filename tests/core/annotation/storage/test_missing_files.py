"""Some files of a dataset are damaged or gone: the work on the others goes on, and that on these waits for them."""

import json

import pytest

from core.annotation.editing import classes as class_edits
from core.annotation.editing.edits import CompoundEdit
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import Category, open_dataset
from tests.core.annotation.edits import add, change, classes, delete, square
from tests.core.annotation.sessions import session
from tests.core.dataset.builders import annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")

DAMAGES = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:50]),
    "in the middle": lambda path: path.write_text('{"images": [}'),
    "gone": lambda path: path.unlink(),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
counts = pytest.mark.parametrize("files", [("train", "val"), ("train", "val", "test"), ("a", "val", "z", "zz")])


class Files:
    """A nut in a picture for each file."""

    def __init__(self, folder, names):
        self.path, self.names = folder.path, names
        folder.pictures([f"{name}.png" for name in names])
        for name in names:
            folder.json(f"annotations/instances_{name}.json", coco([image(1, f"{name}.png")], [annotation(1)]))
        self.whole = {name: self.file(name).read_bytes() for name in names}

    def file(self, name):
        return self.path / f"annotations/instances_{name}.json"

    def mend(self, *names):
        for name in names or self.names:
            self.file(name).write_bytes(self.whole[name])

    def saved(self, name):
        return len(json.loads(self.file(name).read_bytes())["annotations"])


@pytest.fixture
def all_files(folder, files):
    return Files(folder, files)


def at(draft, name):
    """The index of the image of a file."""
    return next(each.index for each in draft.dataset.images if each.file_name == f"{name}.png")


def draw(opened, name, x=1, **more):
    edit = add(opened.draft, at(opened.draft, name), square(x, x, **more))
    opened.draft.apply(edit)
    return next(iter(edit.after))


def seen(opened):
    return {each.file_name[:-4]: opened.draft.instance_count(each.index) for each in opened.draft.dataset.images}


def keep(opened):
    snapshot = opened.draft.snapshot()
    save(snapshot, opened.journal)
    opened.draft.saved(snapshot)


@damages
@counts
def test_work_on_the_others_is_there_and_that_on_a_damaged_file_waits_for_it(all_files, files, damage):
    with session(all_files) as opened:
        for name in files:
            draw(opened, name)
    damage(all_files.file("val"))
    others = dict.fromkeys(set(files) - {"val"}, 2)
    for _ in range(2):
        with session(all_files) as opened:
            assert seen(opened) == others and opened.recovered.edits == len(others) and not opened.recovered.skipped
    all_files.mend("val")
    for _ in range(2):
        with session(all_files) as opened:
            assert seen(opened) == others | {"val": 2} and opened.recovered.edits == len(files)
            assert not opened.recovered.skipped and not opened.recovered.lost_work
    with session(all_files) as opened:
        keep(opened)
    with session(all_files) as opened:
        assert opened.recovered is None and [all_files.saved(name) for name in files] == [2] * len(files)


@damages
@counts
def test_what_went_on_and_was_saved_meanwhile_is_not_done_again(all_files, files, damage):
    """Neither with the file damaged still nor once it is mended."""
    first = files[0]
    with session(all_files) as opened:
        kept = draw(opened, first)
        draw(opened, "val")
    damage(all_files.file("val"))
    with session(all_files) as opened:
        image = at(opened.draft, first)
        opened.draft.apply(change(opened.draft, image, kept, square(20, 9)))
        opened.draft.apply(delete(opened.draft, image, 1))
        keep(opened)
    with session(all_files) as opened:
        assert seen(opened)[first] == 1 and opened.recovered is None
    all_files.mend("val")
    with session(all_files) as opened:
        assert seen(opened)[first] == 1 and seen(opened)["val"] == 2
        assert opened.recovered.edits == 1 and not opened.recovered.lost_work and not opened.recovered.skipped


@counts
def test_what_was_discarded_meanwhile_stays_so(all_files, files):
    with session(all_files) as opened:
        draw(opened, files[0])
        draw(opened, "val")
    DAMAGES["cut"](all_files.file("val"))
    with session(all_files) as opened:
        opened.recovered.discard()
    with session(all_files) as opened:
        assert opened.recovered is None
    all_files.mend("val")
    with session(all_files) as opened:
        assert opened.recovered.edits == 1 and seen(opened)["val"] == 2 and seen(opened)[files[0]] == 1


@damages
@counts
def test_dismissing_a_damaged_file_loses_nothing(all_files, files, damage):
    with session(all_files) as opened:
        draw(opened, "val")
        keep(opened)
        draw(opened, files[0])
        draw(opened, "val", 9)
    before = all_files.file("val").read_bytes()
    damage(all_files.file("val"))
    with session(all_files) as opened:
        assert [stray.path for stray in opened.strays] == [all_files.file("val")] and seen(opened)[files[0]] == 2
        opened.strays[0].forget()
    with session(all_files) as opened:
        assert opened.strays == () and seen(opened)[files[0]] == 2
    all_files.file("val").write_bytes(before)
    with session(all_files) as opened:
        assert seen(opened)["val"] == 3 and seen(opened)[files[0]] == 2
        draw(opened, "val", 15)
        keep(opened)
    damage(all_files.file("val"))
    with session(all_files) as opened:
        assert len(opened.strays) == 1, "it was worked on since"


@pytest.mark.parametrize("files", [("train", "val", "test")])
def test_dismissing_a_file_while_another_one_is_open_alone_loses_nothing(all_files, files):
    with session(all_files) as opened:
        draw(opened, "val")
        keep(opened)
        draw(opened, "train")
        draw(opened, "test")
    DAMAGES["cut"](all_files.file("val"))
    opened = open_draft(open_dataset(all_files.file("train")))
    opened.strays[0].forget()
    opened.journal.close()
    with session(all_files) as opened:
        assert seen(opened) == {"train": 2, "test": 2}


@damages
@counts
def test_the_copy_of_a_damaged_file_gets_all_its_work(all_files, files, damage):
    with session(all_files) as opened:
        draw(opened, "val")
        keep(opened)
        draw(opened, "val", 9)
        draw(opened, files[0])
    damage(all_files.file("val"))
    with session(all_files) as opened:
        opened.strays[0].put_back()
    with session(all_files) as opened:
        assert seen(opened)["val"] == 3 and seen(opened)[files[0]] == 2 and opened.strays == ()


@pytest.mark.parametrize("files", [("train", "val", "test")])
def test_one_file_after_the_other_is_damaged(all_files, files):
    with session(all_files) as opened:
        for name in files:
            draw(opened, name)
    for name in files:
        all_files.mend()
        DAMAGES["cut"](all_files.file(name))
        with session(all_files) as opened:
            assert seen(opened) == dict.fromkeys(set(files) - {name}, 2)
    DAMAGES["gone"](all_files.file("val"))
    with session(all_files) as opened:
        assert seen(opened) == {"train": 2}
    all_files.mend()
    for _ in range(2):
        with session(all_files) as opened:
            assert seen(opened) == dict.fromkeys(files, 2) and not opened.recovered.skipped


@counts
def test_an_edit_of_several_files_and_the_classes_is_done_file_by_file(all_files, files):
    with session(all_files) as opened:
        draft = opened.draft
        nut, bolt = draft.categories
        draft.apply(classes(draft, Category(nut.id, "screw"), bolt, Category(9, "ring", (1, 2, 3))))
        both = [add(draft, at(draft, name), square(3, 3, category=9)) for name in (files[0], "val")]
        draft.apply(CompoundEdit(name="Both", edits=tuple(both)))
    DAMAGES["cut"](all_files.file("val"))
    with session(all_files) as opened:
        assert seen(opened)[files[0]] == 2 and [each.name for each in opened.draft.categories] == [
            "screw",
            "bolt",
            "ring",
        ]
    all_files.mend("val")
    with session(all_files) as opened:
        assert seen(opened)[files[0]] == seen(opened)["val"] == 2 and not opened.recovered.skipped
        assert sorted(each.name for each in opened.draft.categories) == ["bolt", "ring", "screw"]


@counts
@pytest.mark.parametrize("into", [None, 7])
def test_a_class_that_was_deleted_or_merged_is_gone_once_all_files_are_here(all_files, files, into):
    with session(all_files) as opened:
        draft = opened.draft
        nut = draft.categories[0].id
        draft.apply(class_edits.delete(draft, nut) if into is None else class_edits.merge(draft, nut, into))
        draw(opened, files[0], category=7)
        draw(opened, "val", category=7)
    expected = 1 if into is None else 2
    DAMAGES["cut"](all_files.file("val"))
    with session(all_files) as opened:
        assert seen(opened)[files[0]] == expected and [each.name for each in opened.draft.categories] == ["bolt"]
    all_files.mend("val")
    with session(all_files) as opened:
        assert seen(opened)["val"] == seen(opened)[files[0]] == expected and not opened.recovered.skipped
        assert [each.name for each in opened.draft.categories] == ["bolt"]


@counts
def test_what_such_a_file_lacks_is_offered_once_all_are_here(all_files, files):
    first = files[0]
    with session(all_files) as opened:
        draw(opened, first)
        keep(opened)
        draw(opened, "val")
    all_files.file(first).write_bytes(all_files.whole[first] + b"\n")
    DAMAGES["cut"](all_files.file("val"))
    with session(all_files) as opened:
        assert seen(opened)[first] == 1
    all_files.mend("val")
    with session(all_files) as opened:
        assert len(opened.recovered.lost_work) == 1 and seen(opened)["val"] == 2


@counts
def test_a_torn_journal_hands_over_all_it_holds(all_files, files):
    with session(all_files) as opened:
        draw(opened, files[0])
        draw(opened, "val")
    with opened.journal.path.open("ab") as journal:
        journal.write(b'{"line": "edit", "num')
    DAMAGES["cut"](all_files.file("val"))
    with session(all_files) as opened:
        assert seen(opened)[files[0]] == 2
    all_files.mend("val")
    with session(all_files) as opened:
        assert seen(opened)[files[0]] == seen(opened)["val"] == 2 and not opened.recovered.skipped


@counts
def test_what_could_not_be_done_is_told_and_a_copy_stays(all_files, files):
    first = files[0]
    with session(all_files) as opened:
        draw(opened, first)
    all_files.file(first).write_text(json.dumps(coco([image(1, "val.png")], [])))
    DAMAGES["cut"](all_files.file("val"))
    waits = opened.journal.path
    with session(all_files) as opened:
        assert opened.recovered.skipped == 1
    assert waits.exists() and waits != opened.journal.path
    all_files.mend("val")
    with session(all_files) as opened:
        assert opened.journal.path == waits and len(list(waits.parent.glob("journal-*.jsonl"))) == 1
