"""What was edited gets into the COCO files, what was not stays as it is, and nobody's work is written over."""

import json
import resource
import time
from contextlib import contextmanager

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from core.annotation.editing.edits import CompoundEdit, inverse
from core.annotation.editing.model import Annotation, same
from core.annotation.storage.draft_folder import draft_folder, keep_copy
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import ConflictError, save
from core.dataset import Category, open_dataset
from core.errors import UserError
from core.geometry.masks import crop
from core.geometry.segmentation import Polygons, Rle
from tests.core.annotation.edits import add, change, classes, delete, mark, not_labelled, square
from tests.core.dataset.builders import TRIANGLE, annotation, coco, image

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def opened(dataset):
    opened = open_draft(dataset)
    yield opened
    opened.journal.close()


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def saved(opened):
    """Saves, and what the dataset is when it is opened again."""
    snapshot = opened.draft.snapshot()
    save(snapshot, opened.journal)
    opened.draft.saved(snapshot)
    return open_dataset(snapshot.dataset.root)


def test_edits_are_there_when_the_dataset_is_opened_again(opened):
    draft = opened.draft
    draft.apply(add(draft, 0, square(1, 2)))
    draft.apply(change(draft, 0, 4, square(8, 8, category=7, crowd=True)))
    draft.apply(delete(draft, 0, 2))
    draft.apply(mark(draft, 2, "to fix"))
    draft.apply(not_labelled(draft, 1, square(3, 4).segmentation))
    again = saved(opened)
    old, new = again.instances(again.images[0])
    assert (old.id, old.label, old.crowd, old.box, old.area) == (4, 1, True, (8, 8, 6, 6), 36)
    assert (new.id, new.segmentation, new.box, new.area) == (10, square(1, 2).segmentation, (1, 2, 6, 6), 36)
    assert [again.review(each) for each in again.images] == ["", "", "to fix"]
    assert [again.not_labelled(each) for each in again.images] == [None, square(3, 4).segmentation, None]
    assert draft.unsaved == 0


ODD = [
    b'{"id":1,  "file_name":"1.png","width":40,"height":30, "x":1e2}',
    b'{"id": 2, "file_name": "2.png", "width": 40, "height": 30}',
    b'{"id":  1, "image_id": 2, "category_id": 3, "bbox":[1,1,5,5],"area":25.00,"note":"\\u00e4 [1, 2]",\n'
    b'  "segmentation":[[1,1,6,1,6,6]]}',
    b'{"id": 2, "image_id": 1, "category_id": 3, "bbox":[1,1,5,5],"area":7,"score":0.30,'
    b'"segmentation":[[1,1,6,1,6,6]]}',
    b'{"id": 9, "image_id": 77, "category_id": 3}',
    b'{"id": 3, "name": "nut", "supercategory":   "part"}',
    b'{"id": 3, "name": "again"}',
]


def test_what_nobody_touched_stays_byte_for_byte(folder):
    images, annotations, categories = (b", ".join(ODD[part]) for part in (slice(2), slice(2, 5), slice(5, 7)))
    head = b'{"info": {"year": 2.50}, "tracks": [ ], '
    lists = b'"images": [%b], "annotations": [%b], "categories": [%b]}' % (images, annotations, categories)
    file = folder.json("x.json", head + lists)
    opened = open_draft(open_dataset(file))
    opened.draft.apply(change(opened.draft, 0, 2, square(1, 1)))
    opened.draft.apply(add(opened.draft, 0, square(5, 5)))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    after = file.read_bytes()
    assert [entry in after for entry in ODD] == [True, True, True, False, True, True, True]
    assert b'"info": {"year": 2.50},' in after and b'"tracks": [ ]' in after and b'"score":0.30' in after
    entries = load(file)["annotations"]
    assert [entry["id"] for entry in entries] == [1, 2, 9, 10]
    edited = {"segmentation": square(1, 1).segmentation.coco, "bbox": [1, 1, 6, 6], "area": 36}
    assert entries[1] == {"id": 2, "image_id": 1, "category_id": 3, "score": 0.3} | edited


def test_only_touched_files_are_written(opened, folder):
    before = (folder.path / "annotations/instances_val.json").read_bytes()
    opened.draft.apply(delete(opened.draft, 0, 4))
    saved(opened)
    assert (folder.path / "annotations/instances_val.json").read_bytes() == before


def test_classes_keep_the_ids_of_each_file(folder):
    folder.json("train.json", coco([image(1)], [annotation(1, category_id=7)]))
    other = [{"id": 1, "name": "bolt", "super": "x"}, {"id": 3, "name": "coin"}, {"id": 4, "name": "bolt"}]
    folder.json("val.json", coco([image(1)], [annotation(1, category_id=1), annotation(2, category_id=4)], other))
    opened = open_draft(open_dataset(folder.path))
    draft = opened.draft
    nut, bolt, coin = draft.categories
    ring = Category(9, "ring", (1, 2, 3))
    renamed = msgspec.structs.replace(bolt, name="screw", color=(9, 9, 9))
    draft.apply(classes(draft, nut, renamed, coin, ring))
    draft.apply(add(draft, 1, square(1, 1, category=nut.id)))
    draft.apply(change(draft, 1, 2, square(2, 2, category=ring.id)))
    again = saved(opened)
    opened.journal.close()
    assert load(folder.path / "val.json")["categories"] == [
        {"id": 1, "name": "screw", "super": "x", "color": [9, 9, 9]},
        {"id": 3, "name": "coin"},
        {"id": 4, "name": "screw", "color": [9, 9, 9]},
        {"id": 5, "name": "nut"},
        {"id": 9, "name": "ring", "color": [1, 2, 3]},
    ]
    assert [entry["category_id"] for entry in load(folder.path / "val.json")["annotations"]] == [1, 9, 5]
    named = [again.categories[each.label].name for each in again.instances(again.images[1])]
    assert named == ["screw", "ring", "nut"]
    assert {again.color(label) for label, each in enumerate(again.categories) if each.name == "ring"} == {(1, 2, 3)}


def test_what_is_taken_back_after_a_save_is_taken_back_by_the_next(opened, folder):
    before = {path: load(path) for path in (folder.path / "annotations").iterdir()}
    draft = opened.draft
    edits = [classes(draft, *draft.categories, Category(8, "coin")), delete(draft, 0, 4)]
    for edit in edits:
        draft.apply(edit)
    saved(opened)
    for edit in reversed(edits):
        draft.apply(inverse(edit))
    saved(opened)
    assert {path: load(path) for path in (folder.path / "annotations").iterdir()} == before


def test_an_id_that_is_there_twice_is_there_once_after_a_save(folder):
    file = folder.json("x.json", coco([image(1), image(2)], [annotation(5), annotation(5, 2, note="b"), annotation(7)]))
    opened = open_draft(open_dataset(file))
    opened.draft.apply(add(opened.draft, 0, square(1, 1)))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    assert [entry["id"] for entry in load(file)["annotations"]] == [5, 8, 7, 9]
    assert load(file)["annotations"][1]["note"] == "b"


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own
def test_pycocotools_reads_what_was_saved(opened, folder):
    draft = opened.draft
    bitmap = np.zeros((30, 40), np.uint8)
    bitmap[5:20, 5:30] = 1
    bitmap[8:10, 8:20] = 0
    mask = crop(bitmap)
    draft.apply(add(draft, 1, Annotation(7, Rle.of(mask), mask.box)))
    draft.apply(
        add(
            draft,
            1,
            Annotation(
                7, Polygons([*square(1, 1).segmentation.parts, *square(20, 20).segmentation.parts]), (0, 0, 1, 1)
            ),
        )
    )
    draft.apply(add(draft, 1, Annotation(3, None, (3.0, 4.0, 5.0, 6.0))))
    saved(opened)
    truth = COCO(folder.path / "annotations/instances_train.json")
    _, painted, parts, box = truth.loadAnns(truth.getAnnIds(imgIds=[2]))
    assert np.array_equal(truth.annToMask(painted), bitmap) and painted["area"] == bitmap.sum()
    assert truth.annToMask(parts).sum() == 72 and parts["bbox"] == [1, 1, 25, 25]
    assert (box["segmentation"], box["bbox"], box["area"]) == ([], [3, 4, 5, 6], 30)


def test_every_form_of_a_mask_goes_out_and_in_again(folder):
    bitmap = np.zeros((30, 40), np.uint8)
    bitmap[2:9, 3:30] = 1
    forms = [
        TRIANGLE,
        [*TRIANGLE, [1.25, 1, 5, 1, 5, 5.5]],
        {"size": [30, 40], "counts": [600, 100, 500]},
        {"size": [30, 40], "counts": coco_mask.encode(np.asfortranarray(bitmap))["counts"].decode()},
        [],
    ]
    entries = [annotation(n, segmentation=form, iscrowd=n % 2, extra=[n]) for n, form in enumerate(forms, 1)]
    file = folder.json("x.json", coco([image(1)], entries))
    before = open_dataset(file)
    opened = open_draft(before)
    for id, each in list(opened.draft.annotations(0).items()):
        opened.draft.apply(change(opened.draft, 0, id, msgspec.structs.replace(each, category=7)))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    after = open_dataset(file)
    for old, new in zip(*(each.instances(each.images[0]) for each in (before, after)), strict=True):
        assert (new.segmentation, new.box, new.area, new.crowd) == (old.segmentation, old.box, old.area, old.crowd)
        assert np.array_equal(after.mask(after.images[0], new).full(), before.mask(before.images[0], old).full())
    assert [entry["extra"] for entry in load(file)["annotations"]] == [[n] for n in range(1, 6)]


POINTS = st.lists(st.tuples(st.integers(-4, 160), st.integers(-4, 120)), min_size=3, max_size=7)
PARTS = st.lists(POINTS.map(lambda points: [value / 4 for point in points for value in point]), min_size=1, max_size=3)
BITMAPS = st.binary(min_size=150, max_size=150).map(
    lambda data: Rle.of(crop(np.unpackbits(np.frombuffer(data, np.uint8)).reshape(30, 40)))
)
SHAPES = st.lists(
    st.tuples(st.one_of(PARTS.map(Polygons), BITMAPS, st.none()), st.sampled_from([3, 7]), st.booleans()), max_size=6
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes=SHAPES)
def test_whatever_is_drawn_goes_out_and_in_again(folder, shapes):
    file = folder.json("x.json", coco([image(1)], [annotation(1)]))
    opened = open_draft(open_dataset(file))
    for shape, category, crowd in shapes:
        opened.draft.apply(add(opened.draft, 0, Annotation(category, shape, (1.5, 2.0, 3.25, 4.0), crowd)))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    again = open_draft(open_dataset(file))
    drawn, read = opened.draft.annotations(0), again.draft.annotations(0)
    again.journal.close()
    assert list(read) == list(drawn) and all(same(read[id], drawn[id]) for id in drawn)
    for id, each in drawn.items():
        assert np.array_equal(read[id].mask((30, 40)).full(), each.mask((30, 40)).full())


def test_the_first_save_of_a_session_keeps_the_original(opened, folder, home):
    file = folder.path / "annotations/instances_train.json"
    before = file.read_bytes()
    for _ in range(3):
        opened.draft.apply(add(opened.draft, 0, square(1, 1)))
        saved(opened)
    (backup,) = (opened.journal.folder / "backups").iterdir()
    assert backup.read_bytes() == before and home in backup.parents


def test_old_backups_make_room(dataset, folder):
    for number in range(13):
        opened = open_draft(open_dataset(folder.path))
        opened.draft.apply(add(opened.draft, 0, square(number, 1)))
        saved(opened)
        opened.journal.close()
    backups = sorted((opened.journal.folder / "backups").iterdir())
    assert len(backups) == 10 and len(load(backups[-1])["annotations"]) == 3 + 12


def test_a_clock_that_is_set_back_does_not_make_the_newest_backup_the_oldest(dataset, folder, monkeypatch):
    backups = draft_folder(dataset) / "backups"
    for number in range(13):
        day = 28 - number
        monkeypatch.setattr(time, "strftime", lambda _, day=day: f"202611{day:02}-120000")
        opened = open_draft(open_dataset(folder.path))
        opened.draft.apply(add(opened.draft, 0, square(number, 1)))
        saved(opened)
        opened.journal.close()
    kept = {len(load(backup)["annotations"]) for backup in backups.iterdir()}
    assert kept == {3 + number for number in range(3, 13)}, "those of the last ten sessions"


def test_backups_of_an_earlier_version_are_older(tmp_path):
    for name in ("a 20261125-101500-000000001.json", "a 20261127-101500-000000001.json", "a b 000001 x.json"):
        (tmp_path / name).touch()
    keep_copy(b"new", tmp_path, "a ", ".json", 2)
    assert {path.name for path in tmp_path.iterdir() if path.stat().st_size == 0} == {
        "a 20261127-101500-000000001.json", "a b 000001 x.json",
    }  # fmt: skip
    assert len(list(tmp_path.iterdir())) == 3


def test_a_file_that_somebody_changed_is_not_written_over(opened, folder):
    file = folder.path / "annotations/instances_train.json"
    theirs = file.read_bytes().replace(b"1.png", b"9.png")
    opened.draft.apply(delete(opened.draft, 0, 4))
    file.write_bytes(theirs)
    with pytest.raises(ConflictError, match=r"changed annotations/instances_train\.json") as raised:
        saved(opened)
    assert file.read_bytes() == theirs
    (mine,) = raised.value.save_beside()
    assert mine.name == "instances_train (mine).json" and file.read_bytes() == theirs
    assert [entry["id"] for entry in load(mine)["annotations"]] == [2, 9]
    opened.draft.apply(delete(opened.draft, 0, 2))
    assert len(saved(opened).files) == 2
    assert [entry["id"] for entry in load(mine)["annotations"]] == [9] and file.read_bytes() == theirs


def test_a_file_that_somebody_changed_is_written_over_when_the_person_says_so(opened, folder):
    file = folder.path / "annotations/instances_train.json"
    opened.draft.apply(delete(opened.draft, 0, 4))
    saved(opened)
    theirs = file.read_bytes() + b"\n"
    file.write_bytes(theirs)
    opened.draft.apply(delete(opened.draft, 0, 2))
    with pytest.raises(ConflictError) as raised:
        saved(opened)
    raised.value.overwrite()
    assert [entry["id"] for entry in load(file)["annotations"]] == [9]
    assert theirs in [backup.read_bytes() for backup in (opened.journal.folder / "backups").iterdir()]


def test_a_save_that_had_to_wait_does_not_undo_a_later_one(opened, folder):
    file = folder.path / "annotations/instances_train.json"
    opened.draft.apply(delete(opened.draft, 0, 4))
    older = opened.draft.snapshot()
    opened.draft.apply(add(opened.draft, 0, square(1, 1)))
    saved(opened)
    newer = file.read_bytes()
    save(older, opened.journal)
    assert file.read_bytes() == newer


def test_a_file_that_may_not_be_written_stays_and_the_journal_keeps_the_work(opened, folder, monkeypatch):
    file = folder.path / "annotations/instances_train.json"
    before = file.read_bytes()
    file.chmod(0o444)
    monkeypatch.setattr("os.access", lambda path, mode: path != file)  # for root, every file is writable
    opened.draft.apply(delete(opened.draft, 0, 4))
    with pytest.raises(UserError, match="may not be opened or written") as raised:
        saved(opened)
    assert str(opened.journal.folder) in raised.value.hint
    assert "choose another place" not in raised.value.hint, "nobody can choose where a dataset lies"
    assert file.read_bytes() == before and opened.draft.unsaved == 1


@contextmanager
def full_disk(room):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file_and_the_work_in_the_journal(folder):
    file = folder.json("x.json", coco([image(1)], [annotation(1, note="x" * 100_000)]))
    before = file.read_bytes()
    dataset = open_dataset(file)
    opened = open_draft(dataset)
    opened.draft.apply(add(opened.draft, 0, square(1, 1)))
    with full_disk(50_000), pytest.raises(UserError, match="no room left") as raised:
        save(opened.draft.snapshot(), opened.journal)
    assert "kept in" in raised.value.hint
    assert file.read_bytes() == before and [path.name for path in folder.path.iterdir()] == ["x.json"]
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    assert len(load(file)["annotations"]) == 2


def test_permissions_and_links_stay(opened, folder, tmp_path):
    file = folder.path / "annotations/instances_train.json"
    elsewhere = tmp_path / "shared.json"
    file.rename(elsewhere)
    elsewhere.chmod(0o664)
    file.symlink_to(elsewhere)
    opened.draft.apply(delete(opened.draft, 0, 4))
    saved(opened)
    assert file.is_symlink() and len(load(elsewhere)["annotations"]) == 2
    assert elsewhere.stat().st_mode & 0o777 == 0o664


def test_a_class_that_was_deleted_is_gone(opened, folder):
    draft = opened.draft
    nut, _ = draft.categories
    draft.apply(CompoundEdit(name="Delete bolt", edits=(delete(draft, 0, 2), classes(draft, nut))))
    assert saved(opened).categories == (nut,)
    assert load(folder.path / "annotations/instances_val.json")["categories"] == [{"id": 3, "name": "nut"}]
