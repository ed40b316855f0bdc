"""Two versions of an annotation file: which one counts, and how the other one comes back."""

import pytest

from core.dataset import open_dataset
from core.dataset.folder.versions import Version, is_mine, is_unused, mine, theirs, versions
from core.errors import UserError
from tests.core.dataset.builders import annotation, coco, image

THEIRS, MINE = "annotations/instances_train.json", "annotations/instances_train (mine).json"


@pytest.fixture
def two(folder):
    """Theirs has one instance, mine two; another file has an image of its own."""
    folder.json(THEIRS, coco([image(1)], [annotation(1)]))
    folder.json(MINE, coco([image(1)], [annotation(1), annotation(2)]))
    folder.json("annotations/instances_val.json", coco([image(2)], [annotation(3, image_id=2)]))
    return folder


def read(dataset):
    return [file.path.name for file in dataset.files]


def counts(dataset):
    return [dataset.instance_count(image) for image in dataset.images]


def test_a_folder_is_read_with_the_version_of_the_person_and_says_so(two):
    dataset = open_dataset(two.path)
    assert read(dataset) == ["instances_train (mine).json", "instances_val.json"]
    assert counts(dataset) == [2, 1] and dataset.splits == ("train", "val")
    assert dataset.name == f"{two.path.name} (mine)"
    said = [problem for problem in dataset.problems if "instances_train.json" in problem.message]
    assert len(said) == 1 and "your version" in said[0].hint


def test_the_other_version_counts_once_it_is_asked_for_and_nothing_goes(two):
    (version,) = versions(file.path for file in open_dataset(two.path).files)
    assert version.is_mine and version.other == two.path / THEIRS
    contents = {path: path.read_bytes() for path in (two.path / THEIRS, two.path / MINE)}
    turned = version.turn()
    dataset = open_dataset(two.path)
    assert read(dataset) == ["instances_train.json", "instances_val.json"] and counts(dataset) == [1, 1]
    assert dataset.name == two.path.name
    assert versions(file.path for file in dataset.files) == [turned]
    assert turned.other.read_bytes() == contents[two.path / MINE]
    assert any(turned.other.name in problem.message for problem in dataset.problems)
    turned.turn()
    assert {path: path.read_bytes() for path in contents} == contents
    assert counts(open_dataset(two.path)) == [2, 1]


def test_a_version_that_waits_is_never_written_over(two):
    first = Version(two.path / MINE, two.path / THEIRS).turn()
    two.json(MINE, coco([image(1)], []))
    second = Version(two.path / MINE, two.path / THEIRS).turn()
    assert first.other != second.other and first.other.exists() and second.other.exists()
    (found,) = versions([two.path / THEIRS])
    assert found.other == second.other, "the newest is offered"


def test_a_file_that_is_chosen_is_read_itself(two):
    for name in (THEIRS, MINE):
        dataset = open_dataset(two.path / name)
        assert read(dataset) == [name.rpartition("/")[2]]
        (version,) = versions(file.path for file in dataset.files)
        assert version.is_mine == (name == MINE)


def test_a_version_that_is_no_coco_takes_no_place(two):
    (two.path / MINE).write_text('{"theme": "dark"}')
    assert read(open_dataset(two.path)) == ["instances_train.json", "instances_val.json"]


def test_a_file_that_went_away_leaves_the_version_of_the_person(two):
    (two.path / THEIRS).unlink()
    dataset = open_dataset(two.path)
    assert read(dataset) == ["instances_train (mine).json", "instances_val.json"]
    assert versions(file.path for file in dataset.files) == []


def test_what_cannot_be_renamed_is_said(two):
    version = Version(two.path / MINE, two.path / THEIRS)
    (two.path / MINE).unlink()
    with pytest.raises(UserError, match="is not there"):
        version.turn()


@pytest.mark.parametrize("name", ["a (mine).json", "a (mine, not used).json", "a (mine, not used 12).json"])
def test_names_of_versions(tmp_path, name):
    assert is_mine(name) and is_unused(name) == ("not used" in name)
    assert theirs(tmp_path / name) == tmp_path / "a.json"
    assert mine(tmp_path / "a.json") == tmp_path / "a (mine).json"


@pytest.mark.parametrize("name", ["a.json", "a(mine).json", "mine.json", "a (mine).txt", "a (not used).json"])
def test_names_of_no_version(tmp_path, name):
    assert not is_mine(name) and theirs(tmp_path / name) == tmp_path / name
