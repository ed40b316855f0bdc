"""What a model suggests is kept apart, offered where nobody has drawn, and accepted like any other edit."""

import dataclasses
import json
import os
import time

import pytest

from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import images, inverse
from core.annotation.editing.model import Annotation
from core.annotation.suggestions.accepting import accept, accept_all, offered
from core.annotation.suggestions.ranking import rank_dataset
from core.annotation.suggestions.suggest import chosen_images, suggest
from core.annotation.suggestions.suggestions import model_name, newest, read, suggestion_file, write
from core.dataset import open_dataset
from core.errors import UserError
from core.runs.control import CancelRequested, StopRequested, ignore, never
from core.runs.events import Done, Progress, Warning
from tests.core.annotation.edits import Kept, add, delete, square, state
from tests.core.annotation.predictor import Finds
from tests.core.dataset.builders import annotation, coco, image

NUT, WASHER = (0, 0.9, (2, 2, 12, 12)), (1, 0.6, (20, 5, 30, 15))


@pytest.fixture
def dataset(folder, home):
    """A labelled image, three without annotations, one of them reviewed as empty."""
    folder.pictures([f"{number}.png" for number in range(1, 5)])
    images = [image(1), image(2), image(3), image(4, review="done")]
    folder.json("annotations/instances_train.json", coco(images, [annotation(1)]))
    return open_dataset(folder.path)


@pytest.fixture
def model(tmp_path):
    return tmp_path / "runs" / "2026-11-25-nuts-1"


@pytest.fixture
def made(dataset, model):
    return suggest(Finds(NUT, WASHER, (0, 0.2, (0, 20, 9, 29))), model, dataset, 0.3, ignore, never)


@pytest.fixture
def draft(dataset):
    return Draft(dataset, Kept())


def files_of(dataset):
    return {path: path.read_bytes() for path in sorted(dataset.root.rglob("*")) if path.is_file()}


def accept_everywhere(draft, found, least):
    """The edits that it took."""
    edits = []
    for edit in accept_all(draft, found, least):
        draft.apply(edit)
        edits.append(edit)
    return edits


def test_only_images_without_labels_get_suggestions_and_the_dataset_stays_as_it_is(dataset, model):
    before, events = files_of(dataset), []
    made = suggest(Finds(NUT, WASHER), model, dataset, 0.3, events.append, never)
    assert sorted(made.images) == [1, 2]
    assert isinstance(events[-1], Done) and events[-1].summary == {"images": 2, "suggestions": 4}
    assert files_of(dataset) == before


def test_images_with_as_many_objects_as_may_be_found_are_told_of(dataset, model):
    class Limited(Finds):
        def predict(self, image):
            return dataclasses.replace(super().predict(image), missing_below=0.6)

    events = []
    suggest(Limited(NUT, WASHER), model, dataset, 0.3, events.append, never)
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert warning.message.startswith("In 2 of 2 images") and "there can be more" in warning.message and warning.matters


def test_they_are_there_when_the_dataset_is_opened_again(dataset, made, model):
    again = open_dataset(dataset.root)
    found = read(newest(again), again)
    assert found.images == made.images
    assert (found.title, found.confidence) == ("2026-11-25-nuts-1", 0.3)
    assert [(item.category, item.score, item.box) for item in found.of(1)] == [
        ("nut", 0.9, (2.0, 2.0, 10.0, 10.0)),
        ("washer", 0.6, (20.0, 5.0, 10.0, 10.0)),
    ]


def test_a_plain_folder_of_pictures_gets_suggestions_too(folder, home, model):
    folder.pictures(["a.png", "b.png"], where=".")
    dataset = open_dataset(folder.path)
    suggest(Finds(NUT), model, dataset, 0.3, ignore, never)
    again = open_dataset(folder.path)
    found = read(newest(again), again)
    assert sorted(found.images) == [0, 1]
    draft = Draft(again, Kept())
    accept_everywhere(draft, found, 0.5)
    assert [category.name for category in draft.categories] == ["nut"]


def test_one_object_is_suggested_once_whatever_its_class(dataset, model):
    made = suggest(Finds(NUT, (1, 0.5, (2, 2, 12, 13))), model, dataset, 0.3, ignore, never)
    assert [item.category for item in made.of(1)] == ["nut"]


def test_accepting_is_a_step_of_undo_and_adds_the_classes_that_lack(draft, made):
    before = state(draft)
    edit = accept(draft, 1, made.of(1))
    draft.apply(edit)
    assert [category.name for category in draft.categories] == ["nut", "bolt", "washer"]
    nut, washer = draft.annotations(1).values()
    assert (nut.category, washer.category) == (3, 8)
    assert nut.mask((30, 40)).box == (2, 2, 10, 10)
    assert edit.name == "Accept 2 suggestions"
    draft.apply(inverse(edit))
    assert state(draft) == before


def test_what_is_accepted_is_no_longer_offered_until_it_is_undone(draft, made):
    edit = accept(draft, 1, made.of(1)[:1])
    draft.apply(edit)
    assert offered(draft, 1, made.of(1)) == made.of(1)[1:]
    draft.apply(inverse(edit))
    assert offered(draft, 1, made.of(1)) == made.of(1)


def test_manual_work_covers_what_lies_on_it(draft, made):
    draft.apply(add(draft, 1, square(3, 3, 9)))
    manual = dict(draft.annotations(1))
    left = offered(draft, 1, made.of(1))
    assert [item.category for item in left] == ["washer"]
    draft.apply(accept(draft, 1, left))
    assert manual.items() <= dict(draft.annotations(1)).items()


def test_a_crowd_region_covers_what_lies_inside_it(draft, made):
    draft.apply(add(draft, 1, square(0, 0, 30, crowd=True)))
    assert offered(draft, 1, made.of(1)) == ()


def test_a_box_without_a_mask_covers_too(draft, made):
    draft.apply(add(draft, 1, Annotation(3, None, (2.0, 2.0, 10.0, 10.0))))
    assert [item.category for item in offered(draft, 1, made.of(1))] == ["washer"]


def test_all_above_a_threshold_are_accepted_on_every_image(draft, made):
    draft.apply(add(draft, 2, square(3, 3, 9)))
    before = state(draft)
    (edit,) = accept_everywhere(draft, made, 0.8)
    assert [draft.instance_count(index) for index in range(4)] == [1, 1, 1, 0]
    assert len(draft.categories) == 2, "no class comes that no accepted instance has"
    draft.apply(inverse(edit))
    assert state(draft) == before
    assert accept_everywhere(draft, made, 0.95) == []


def test_many_are_accepted_in_parts_that_nobody_waits_for(draft, made):
    many = tuple(made.of(1)[0] for _ in range(100))
    edits = accept_everywhere(draft, made.having(1, many), 0.0)
    assert [images(edit) for edit in edits] == [{1}, {2}]
    assert len(draft.categories) == 3, "a class that lacks comes once, with the part that needs it"


def test_what_was_deleted_can_be_accepted_again_and_no_class_comes_twice(draft, made):
    draft.apply(accept(draft, 1, made.of(1)))
    draft.apply(delete(draft, 1, *draft.annotations(1)))
    draft.apply(accept(draft, 1, offered(draft, 1, made.of(1))))
    assert draft.instance_count(1) == 2
    assert [category.name for category in draft.categories] == ["nut", "bolt", "washer"]


def test_rejected_ones_are_gone_for_good(dataset, made):
    write(dataset, made.without(1, made.of(1)[:1]))
    assert [item.category for item in read(made.path, dataset).of(1)] == ["washer"]
    assert len(read(made.path, dataset).of(2)) == 2


def test_chosen_images_are_looked_at_though_they_are_labelled(dataset, model):
    images = chosen_images(dataset, ["1.png", "4.png"])
    assert sorted(suggest(Finds(NUT), model, dataset, 0.3, ignore, never, images).images) == [0, 3]
    assert [image.index for image in chosen_images(dataset)] == [1, 2]
    assert [image.index for image in chosen_images(dataset, every=True)] == [0, 1, 2, 3]
    with pytest.raises(UserError, match=r"no image 9\.png"):
        chosen_images(dataset, ["1.png", "9.png"])


def test_of_an_image_that_is_labelled_in_part_the_rest_is_looked_at(folder, home, model):
    """What lies mostly where nobody has labelled is offered there, wherever else nothing is."""
    folder.pictures(["1.png", "2.png"])
    right = [[16, 0, 40, 0, 40, 30, 16, 30]]
    folder.json("instances.json", coco([image(1, not_labelled=right), image(2)], [annotation(1), annotation(2, 2)]))
    dataset = open_dataset(folder.path)
    across, outside = (1, 0.5, (12, 18, 22, 28)), (1, 0.8, (2, 18, 12, 28))
    made = suggest(Finds(WASHER, across, outside), model, dataset, 0.3, ignore, never)
    assert {index: [item.score for item in found] for index, found in made.images.items()} == {0: [0.6, 0.5]}
    everything = suggest(Finds(WASHER, outside), model, dataset, 0.3, ignore, never, chosen_images(dataset, every=True))
    assert [len(everything.of(index)) for index in (0, 1)] == [2, 2]


def test_what_the_model_suggested_for_other_images_stays(dataset, made, model):
    suggest(Finds(WASHER), model, dataset, 0.3, ignore, never, chosen_images(dataset, ["2.png"]))
    found = read(newest(dataset), dataset)
    assert [item.category for item in found.of(1)] == ["washer"]
    assert [item.category for item in found.of(2)] == ["nut", "washer"]


def test_a_damaged_file_is_told_of_and_written_anew(dataset, made, model):
    made.path.write_bytes(b"{")
    events = []
    suggest(Finds(NUT), model, dataset, 0.3, events.append, never)
    assert any(isinstance(event, Warning) and made.path.name in event.message for event in events)
    assert sorted(read(made.path, dataset).images) == [1, 2]


def test_asked_to_stop_it_keeps_what_there_is(dataset, model):
    seen = []

    def stop_after_one():
        if seen:
            raise StopRequested
        seen.append(1)

    with pytest.raises(StopRequested):
        suggest(Finds(NUT), model, dataset, 0.3, ignore, stop_after_one)
    assert list(read(newest(dataset), dataset).images) == [1]


def test_cancelled_it_leaves_what_was_there_before(dataset, made, model):
    def cancel():
        raise CancelRequested

    with pytest.raises(CancelRequested):
        suggest(Finds(), model, dataset, 0.3, ignore, cancel)
    assert read(made.path, dataset).images == made.images


def test_a_picture_that_cannot_be_read_is_left_out(dataset, model):
    (dataset.root / "images" / "2.png").write_bytes(b"no picture")
    events = []
    made = suggest(Finds(NUT), model, dataset, 0.3, events.append, never)
    assert list(made.images) == [2]
    assert any(isinstance(event, Warning) and "2.png" in event.message for event in events)


def test_that_no_picture_can_be_read_is_an_error(dataset, model):
    for each in dataset.images:
        dataset.image_path(each).write_bytes(b"broken")
    for look in (lambda: suggest(Finds(NUT), model, dataset, 0.3, lambda event: None, never), lambda: ranked(dataset)):
        with pytest.raises(UserError, match="could be read; the first"):
            look()


def ranked(dataset):
    return rank_dataset(None, "", dataset, lambda event: None, never)


def test_what_was_suggested_is_kept_now_and_then(dataset, model, monkeypatch):
    monkeypatch.setattr("core.annotation.suggestions.making._KEEP_EVERY", 0)
    seen = []

    def look(event):
        if isinstance(event, Progress) and suggestion_file(dataset, model).exists():
            seen.append(len(read(suggestion_file(dataset, model), dataset).images))

    suggest(Finds(NUT), model, dataset, 0.3, look, never)
    assert seen == [1]  # the first, when the second is done


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"version": 1}', b"[" * 100_000])
def test_a_damaged_file_is_named(dataset, made, content):
    made.path.write_bytes(content)
    with pytest.raises(UserError, match=made.path.name):
        read(made.path, dataset)


def test_a_file_of_another_version_is_named(dataset, made):
    made.path.write_text(made.path.read_text().replace('"version":1', '"version":99'))
    with pytest.raises(UserError, match="another version"):
        read(made.path, dataset)


@pytest.mark.parametrize(
    "change",
    [
        {"category": ""},
        {"category": "x" * 1000},
        {"category": " two  blanks"},
        {"score": 1.5},
        {"score": -0.1},
        {"box": [0, 0, -1, 5]},
        {"segmentation": {}},
        {"segmentation": {"size": [30, 40], "counts": "\u0000"}},
        {"segmentation": {"size": [10**9, 10**9], "counts": [10**18]}},
        {"segmentation": {"size": [30, 40], "counts": [1200]}},
        {"segmentation": {"size": [30, 40], "counts": ["a"]}},
    ],
)
def test_entries_that_do_not_fit_are_left_out(dataset, draft, made, change):
    content = json.loads(made.path.read_text())
    content["images"][0]["suggestions"][0] |= change
    made.path.write_text(json.dumps(content))
    found = read(made.path, dataset)
    assert found.left_out == 1
    assert [item.category for item in found.of(1)] == ["washer"]
    accept_everywhere(draft, found, 0.0)


def test_images_that_are_no_longer_there_are_left_out(dataset, made):
    made.path.write_text(made.path.read_text().replace('"2.png"', '"../../elsewhere.png"'))
    found = read(made.path, dataset)
    assert (list(found.images), found.left_out) == ([2], 2)


def test_the_newest_model_is_offered(dataset, made, tmp_path):
    other = suggest(
        Finds(NUT), tmp_path / "runs" / "later" / "export" / "fp16" / "model.xml", dataset, 0.3, ignore, never
    )
    assert other.path != made.path
    assert newest(dataset) == other.path
    assert other.title == "later"


def test_the_newest_is_the_one_written_last_whatever_the_clock_says(dataset, made, tmp_path):
    ahead = time.time() + 3600
    os.utime(made.path, (ahead, ahead))  # it was set back since
    other = suggest(Finds(NUT), tmp_path / "runs" / "later", dataset, 0.3, ignore, never)
    assert newest(dataset) == other.path
    write(dataset, made)
    assert newest(dataset) == made.path


def test_models_are_called_by_their_run(tmp_path):
    assert model_name(tmp_path / "a-run") == "a-run"
    assert model_name(tmp_path / "a-run" / "export" / "fp32") == "a-run"


def test_a_model_name_never_leaves_the_folder(dataset, tmp_path):
    folder = suggestion_file(dataset, tmp_path / "x").parent
    for name in ("..", "a/../../b", "ünïcode name", "a:b*c"):
        assert suggestion_file(dataset, tmp_path / name).parent == folder
