import json

import pytest

from core.dataset import open_dataset
from core.dataset.writing import write
from core.errors import UserError
from tests.core.dataset.builders import TRIANGLE, annotation, coco, image

ODD = {
    "info": {"year": 2024, "tool": {"name": "x", "π": [1, 2.50, None]}},
    "licenses": [{"id": 1, "url": "http://example.org"}],
    "tracks": [{"id": 4}],
}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def entries_of(dataset):
    """What matters of every image and instance, in order."""
    return [
        (
            found.file_name,
            [
                (
                    dataset.categories[instance.label].name,
                    instance.box,
                    instance.area,
                    instance.crowd,
                    instance.segmentation and instance.segmentation.coco,
                )
                for instance in dataset.instances(found)
            ],
        )
        for found in dataset.images
    ]


@pytest.fixture
def odd_file(folder):
    annotations = [
        annotation(1, attributes={"occluded": True}, score=0.30000000000000004),
        annotation("2", 2, 7, segmentation=[TRIANGLE[0], [1, 1, 5, 1, 5.25, 5]]),
        annotation(2, 2, segmentation={"size": [30, 40], "counts": [100, 50, 1050]}, iscrowd=1),
        annotation(3, 99, note="its image does not exist"),
        annotation(4, 1, 99),
        annotation(5, 1, bbox=[1, 1, 1, 1], area=7, segmentation=[]),
    ]
    images = [image(1, flickr_url="…", coco_url=None), image(2, license=1), {"id": 7, "width": 1}]
    categories = [{"id": 3, "name": "nut", "supercategory": "part", "keypoints": []}, {"id": 7, "name": "bolt"}]
    return folder.json("annotations/parts.json", coco(images, annotations, categories, **ODD))


def test_a_round_trip_changes_nothing(odd_file, tmp_path):
    written = tmp_path / "b.json"
    write(open_dataset(odd_file), written)
    assert load(written) == load(odd_file)


def test_what_others_would_read_otherwise_is_written_as_it_is_read(folder, tmp_path):
    entries = [annotation(1, "1", bbox=["10", "10", "20", "15"]), annotation(1, segmentation=[[1, 2, 3, 4], *TRIANGLE])]
    images = [image(1, width="40"), image(1, "twice.png")]
    file = folder.json("x.json", coco(images, entries, unread={"annotations": [7], "more": []}))
    write(open_dataset(file), tmp_path / "b.json")
    before, after = load(file), load(tmp_path / "b.json")
    assert after["images"] == [image(1)]
    assert after["annotations"] == [annotation(1), annotation(2)]
    unread = {"images": images[1:], "annotations": [7, before["annotations"][1]], "categories": [], "more": []}
    assert after["unread"] == unread
    write(open_dataset(tmp_path / "b.json"), tmp_path / "c.json")
    assert load(tmp_path / "c.json") == after


def test_a_file_can_be_written_over_itself(odd_file):
    before = load(odd_file)
    write(open_dataset(odd_file), odd_file)
    assert load(odd_file) == before and [path.name for path in odd_file.parent.iterdir()] == ["parts.json"]


def test_part_of_a_file_keeps_the_entries_of_its_images_as_they_are(odd_file, tmp_path):
    dataset = open_dataset(odd_file)
    write(dataset, tmp_path / "b.json", [found for found in dataset.images if found.id == 2])
    before, after = load(odd_file), load(tmp_path / "b.json")
    assert after["images"] == before["images"][1:2] and after["annotations"] == before["annotations"][1:3]
    assert after["categories"] == before["categories"] and {key: after[key] for key in ODD} == ODD


def test_files_that_are_joined_keep_everything_and_change_only_ids_that_clash(folder, tmp_path):
    first = coco(
        [image(1, "a.png", extra="a"), image(2, "b.png")], [annotation(1), annotation(2, 2, 7, extra="x")], info=1
    )
    categories = [{"id": 3, "name": "coin", "extra": "c"}, {"id": 5, "name": "nut"}]
    second = coco(
        [image(1, "c.png", extra="c"), image(9, "d.png")],
        [annotation(1, 1, 5, extra="y"), annotation(7, 9, 3, iscrowd=1)],
        categories,
        info=2,
        more=3,
    )
    folder.json("train.json", first)
    folder.json("val.json", second)
    dataset = open_dataset(folder.path)
    write(dataset, tmp_path / "all.json")
    assert entries_of(open_dataset(tmp_path / "all.json")) == entries_of(dataset)
    joined = load(tmp_path / "all.json")
    assert [(entry["id"], entry.get("extra")) for entry in joined["images"]] == [
        (1, "a"),
        (2, None),
        (10, "c"),
        (9, None),
    ]
    assert [(entry["id"], entry.get("extra")) for entry in joined["annotations"]] == [
        *[(1, None), (2, "x"), (8, "y"), (7, None)]
    ]
    assert {entry["name"]: entry["id"] for entry in joined["categories"]} == {"nut": 3, "bolt": 7, "coin": 8}
    assert joined["info"] == 1 and joined["more"] == 3


def test_a_split_that_was_made_can_be_kept(folder, tmp_path):
    file = folder.json("parts.json", coco([image(n) for n in range(10)], [annotation(n, n) for n in range(10)]))
    dataset = open_dataset(file)
    for split in dataset.splits:
        write(dataset, tmp_path / f"instances_{split}.json", dataset.of_split(split))
    again = open_dataset(tmp_path)
    assert {found.file_name: found.split for found in again.images} == {
        found.file_name: found.split for found in dataset.images
    }


def test_no_images_at_all_is_an_empty_file(odd_file, tmp_path):
    write(open_dataset(odd_file), tmp_path / "b.json", [])
    assert load(tmp_path / "b.json")["images"] == []


def test_a_failed_write_leaves_the_old_file(odd_file, monkeypatch):
    before = odd_file.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    dataset = open_dataset(odd_file)
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left"):
        write(dataset, odd_file)
    assert odd_file.read_bytes() == before


def test_a_folder_that_is_not_there_says_so(odd_file, tmp_path):
    with pytest.raises(UserError, match="gone"):
        write(open_dataset(odd_file), tmp_path / "gone" / "b.json")
