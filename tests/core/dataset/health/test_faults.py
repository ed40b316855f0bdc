"""What is wrong with single entries is said by entry, and the rest stays usable."""

import json

import msgspec
import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.coco.entries import read_categories
from core.dataset.ground_truth import ground_truth
from core.dataset.health.checks import examine
from core.errors import UserError
from core.geometry import rle
from tests.core.dataset.builders import TRIANGLE, annotation, coco, image

RLE = {"size": [30, 40], "counts": [100, 50, 1050]}
PACKED = {"size": [30, 40], "counts": rle.compress(np.array(RLE["counts"]), 30, 40)}


def said(dataset, entry):
    return [found.message for found in dataset.problems if found.entry.startswith(entry)]


def the_instance(dataset):
    """Opens well beside the faulty one: annotation 2 is right, annotation 1 is not."""
    right, faulty = sorted(dataset.instances(dataset.images[0]), key=lambda found: found.id == 1)
    assert right.segmentation.parts == TRIANGLE and dataset.mask(dataset.images[0], right).area > 100
    return faulty


@pytest.mark.parametrize(
    "segmentation, words, left",
    [
        ([[1, 2, 3, 4]], "4 numbers", None),
        ([[1, 2, 3, 4], *TRIANGLE], "4 numbers", TRIANGLE),
        ([[*TRIANGLE[0], 7]], "7 numbers", TRIANGLE),
        ([[1, 2, 3, 4, 5]], "5 numbers", None),
        ([[]], "0 numbers", None),
        ([[float("nan"), 1, 2, 3, 4, 5], *TRIANGLE], "not numbers", TRIANGLE),
        ([[None, 1, 2, 3, 4, 5]], "not numbers", None),
        ([["10", "10", "30.0", "10", "30", "25"]], "text", TRIANGLE),
        ([[["10"], "x"]], "not numbers", None),
        (TRIANGLE[0], "bare list", TRIANGLE),
        ([[[10, 10], [30, 10], [30, 25]]], "list of points", TRIANGLE),
        ([[10, 10], [30, 10], [30, 25]], "list of points", TRIANGLE),
        ([TRIANGLE], "lists in a list", TRIANGLE),
        ([[TRIANGLE[0], [1, 1, 5, 1, 5, 5]]], "lists in a list", [TRIANGLE[0], [1, 1, 5, 1, 5, 5]]),
        ([[[[[[[[10, 10, 30, 10, 30, 25]]]]]]]], "not numbers", None),
        ([[1e9, 0, 2e9, 0, 2e9, 1e9]], "too long", None),
        ([[0, 0, 1e7, 0, 0, 1, 1e7, 1]], "too long", None),
        ([[50, 5, 60, 5, 60, 20]], "outside", [[50, 5, 60, 5, 60, 20]]),
        ([[-9, 5, -1, 5, -1, 20]], "outside", [[-9, 5, -1, 5, -1, 20]]),
        ([], "no mask", None),
        (None, "no mask", None),
        ("polygon", "'polygon'", None),
        (7, "7", None),
        ({}, "{}", None),
        ({"all_points_x": [1, 2, 3]}, "all_points_x", None),
        ([{"x": 10, "y": 10}, {"x": 30, "y": 10}, {"x": 30, "y": 25}], "list of points", TRIANGLE),
        ([[{"x": "10", "y": 10}, {"x": 30, "y": 10}, {"x": 30, "y": 25}]], "list of points", TRIANGLE),
        ({"type": "Polygon", "coordinates": [[[10, 10], [30, 10], [30, 25]]]}, "GeoJSON", TRIANGLE),
        ({"type": "MultiPolygon", "coordinates": [[[[10, 10], [30, 10], [30, 25, 0]]]]}, "GeoJSON", TRIANGLE),
        ({"type": "Polygon", "coordinates": [[[1, 1], [9, 1], [9, 9]], [[2, 2], [3, 2], [3, 3]]]}, "'Polygon'", None),
        ({"type": "Polygon", "coordinates": [[7, [10, 10]]]}, "GeoJSON", None),
        ({"type": "Point", "coordinates": [10, 10]}, "'Point'", None),
        (RLE | {"size": [40, 30]}, "30 × 40 pixels, its image 40 × 30", None),
        (RLE | {"size": [-30, -40]}, "pixels", None),
        (RLE | {"size": [10**30, 1]}, "pixels", None),
        (RLE | {"size": ["30", "40"]}, "", RLE),
        ({"counts": RLE["counts"]}, "no size", RLE),
        (RLE | {"counts": f"b{PACKED['counts']!r}"}, "Python", PACKED),
        (RLE | {"counts": [100, 50]}, "add up to 150", None),
        (RLE | {"counts": [100, -50, 1150]}, "negative", None),
        (RLE | {"counts": [10**30]}, "fit", None),
        (RLE | {"counts": []}, "add up to 0", None),
        (RLE | {"counts": ""}, "add up to 0", None),
        (RLE | {"counts": "PPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPPP0"}, "too large", None),
        (RLE | {"counts": "o"}, "cut off", None),
        (RLE | {"counts": "Ä~~~"}, "characters", None),
        (RLE | {"counts": "0000000000"}, "add up", None),
        (RLE | {"counts": None}, "run-length", None),
    ],
)
def test_a_segmentation_that_cannot_be_used(open_with, segmentation, words, left):
    dataset = open_with(annotation(1, segmentation=segmentation), annotation(2))
    instance = the_instance(dataset)
    assert (instance.segmentation.coco if instance.segmentation else None) == left
    if words:
        assert any(words in message for message in said(dataset, "annotation 1"))
    assert said(dataset, "annotation 2") == []
    mask = dataset.mask(dataset.images[0], instance)
    assert bool(mask.area) == (left is not None and words != "outside") and mask.size == (30, 40)
    assert len(ground_truth(dataset, dataset.images)["annotations"]) == 2


@pytest.mark.parametrize(
    "box, words, read",
    [
        (["10", "10", "20.0", "15"], "'10'", (10, 10, 20, 15)),
        ([10, 10, 20], "four numbers", None),
        ([10, 10, 20, None], "four numbers", None),
        ([10, 10, 20, "wide"], "four numbers", None),
        ([10, 10, float("inf"), 15], "four numbers", None),
        ({"x": 10}, "four numbers", None),
        ([30, 25, -20, -15], "negative", None),
        ([], "", None),
        (None, "", None),
    ],
)
def test_a_box_that_is_odd_or_missing_is_taken_from_the_mask(open_with, box, words, read):
    dataset = open_with(annotation(1, bbox=box), annotation(2))
    instance = the_instance(dataset)
    assert instance.box == (read or dataset.mask(dataset.images[0], instance).box)
    assert [words in message for message in said(dataset, "annotation 1")] == [True] * bool(words)


@pytest.mark.parametrize(
    "area, words, read", [("150", "'150'", 150), (None, "", None), ("much", "much", None), ([], "[]", None)]
)
def test_an_area_that_is_odd_or_missing_is_counted(open_with, area, words, read):
    dataset = open_with(annotation(1, area=area), annotation(2))
    instance = the_instance(dataset)
    assert instance.area == (read or dataset.mask(dataset.images[0], instance).area)
    assert [words in message for message in said(dataset, "annotation 1")] == [True] * bool(words)


def test_neither_box_nor_mask(open_with):
    dataset = open_with(annotation(1, bbox=None, area=None, segmentation=None), annotation(2))
    instance = the_instance(dataset)
    assert (instance.box, instance.area) == ((0, 0, 0, 0), 0)
    assert said(dataset, "annotation 1") == ["has neither a box nor a mask"]


@pytest.mark.parametrize(
    "value, crowd", [(True, True), (1, True), ("1", True), ("no", False), (0.0, False), (None, False)]
)
def test_iscrowd_in_other_words(open_with, value, crowd):
    dataset = open_with(annotation(1, iscrowd=value), annotation(2))
    assert the_instance(dataset).crowd is crowd
    assert bool(said(dataset, "annotation 1")) == (value not in (True, 1))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"category_id": 4}, "category_id 4"),
        ({"category_id": None}, "category_id"),
        ({"category_id": "bolt"}, "'bolt'"),
        ({"image_id": 9}, "image_id 9"),
        ({"image_id": 10**30}, "image_id"),
        ({"image_id": -(2**53) - 1}, "image_id"),
        ({"image_id": [1]}, "[1]"),
    ],
)
def test_an_annotation_that_belongs_nowhere_is_left_out(open_with, change, words):
    dataset = open_with(annotation(1) | change, annotation(2))
    assert [found.id for found in dataset.instances(dataset.images[0])] == [2]
    assert [words in message for message in said(dataset, "annotation 1")] == [True]


@pytest.mark.parametrize("change", [{"image_id": "1"}, {"image_id": "0001"}, {"category_id": 3.0}, {"id": 1.0}])
def test_ids_written_otherwise_than_what_they_mean_are_understood(open_with, change):
    dataset = open_with(annotation(1) | change, annotation(2))
    assert sorted(found.id for found in dataset.instances(dataset.images[0])) == [1, 2]
    assert len(said(dataset, "annotation 1")) == 1


def test_an_id_that_several_images_could_mean_means_none(open_with):
    images = [image("01", "1.png"), image("1", "2.png")]
    dataset = open_with(annotation(1, "1"), annotation(2, 1), annotation(3, "01"), images=images)
    assert [[one.id for one in dataset.instances(found)] for found in dataset.images] == [[3], [1]]
    assert said(dataset, "annotation 2") == ["its image_id 1 does not exist"]


BIG = 1668163939123456789


@pytest.mark.parametrize("ids", [["a", "0a"], ["1", "01"], [BIG, BIG + 1], [-1, 10**30], [1, "1"], ["", "Ä"]])
def test_whatever_pycocotools_takes_for_an_id_is_one(open_with, ids):
    images = [image(id, f"{place}.png") for place, id in enumerate(ids)]
    entries = [annotation(id, id, id) for id in ids]
    dataset = open_with(*entries, images=images, categories=[{"id": id, "name": f"class {id!r}"} for id in ids])
    assert [found.id for found in dataset.images] == ids
    named = [[dataset.categories[one.label].name for one in dataset.instances(found)] for found in dataset.images]
    assert named == [[f"class {id!r}"] for id in ids]
    assert len({category.id for category in dataset.categories}) == 2
    assert [found for found in dataset.problems if found.entry and "missing" not in found.message] == []


@pytest.mark.parametrize("number", ["1" * 400, "-" + "1" * 400, "1e999"])
def test_a_number_that_no_program_holds_is_no_entry(number):
    """It is shown as it is written: reading it into a message must not fail either."""
    told = []
    raws = [msgspec.Raw(number.encode()), msgspec.Raw(b'{"id": 1, "name": "nut"}')]
    assert [entry and entry.name for entry in read_categories(raws, lambda *said: told.append(said))] == [None, "nut"]
    assert [(entry, len(message) < 100, number[:20] in message) for entry, message, _ in told] == [
        ("entry 1", True, True)
    ]


def test_entries_that_are_no_objects(open_with):
    dataset = open_with(7, None, [], "x", annotation(2), images=[None, image(1), [1]])
    assert [found.id for found in dataset.instances(dataset.images[0])] == [2]
    assert sorted(found.entry for found in dataset.problems if "object" in found.message) == sorted(
        ["entry 1", "entry 2", "entry 3", "entry 4", "entry 1", "entry 3"]
    )


def test_ids_that_are_there_twice(open_with):
    images = [image(1), image(1, "2.png"), image(2, "2.png")]
    dataset = open_with(annotation(5), annotation(5, image_id=2), annotation(6), images=images)
    assert [found.file_name for found in dataset.images] == ["1.png", "2.png"]
    assert [len(dataset.instances(found)) for found in dataset.images] == [2, 1]
    assert len(said(dataset, "image 1")) == 1 and len(said(dataset, "annotation 5")) == 1
    assert [entry["id"] for entry in ground_truth(dataset, dataset.images)["annotations"]] == [1, 2, 3]


def test_categories_that_are_odd(open_with):
    categories = [
        {"id": 3, "name": "nut"},
        {"id": 3, "name": "washer"},
        {"id": 9, "name": "nut"},
        {"id": "5", "name": "coin"},
        {"id": 6},
        {"id": 8, "name": 15},
        {"name": "lost"},
    ]
    dataset = open_with(annotation(1, category_id=9), annotation(2, category_id=5), categories=categories)
    assert [found.name for found in dataset.categories] == ["nut", "coin", "category 6", "15"]
    assert dataset.class_counts().tolist() == [1, 1, 0, 0]
    assert [len(said(dataset, f"category {key}")) for key in ("3", "9", "6", "8", "entry 7")] == [1] * 5
    assert said(dataset, "annotation 2") == ["its category_id 5 is written otherwise where it is defined"]


def test_without_categories_classes_are_called_by_their_numbers(open_with):
    dataset = open_with(annotation(1, category_id=9), annotation(2, category_id="x"), categories=[])
    assert [found.name for found in dataset.categories] == ["category 9", "category x"]
    assert dataset.class_counts().tolist() == [1, 1]
    assert len([found for found in dataset.problems if "categories" in found.message]) == 1


def test_a_missing_picture(open_with):
    dataset = open_with(annotation(1), images=[image(1, "gone.png"), image(2)])
    gone, there = dataset.images
    assert said(dataset, "image 1") == ["the picture gone.png is missing"]
    assert not dataset.has_picture(gone) and dataset.has_picture(there)
    with pytest.raises(UserError, match="gone"):
        dataset.image_path(gone)
    assert len(dataset.instances(gone)) == 1


@pytest.mark.parametrize(
    "path",
    [
        "../../secret.png",
        "{out}/secret.png",
        "..\\..\\secret.png",
        "images/../../../parts2/../secret.png",
        "C:\\secret.png",
    ],
)
def test_a_path_that_leaves_the_folder_is_not_followed(folder, open_with, path):
    (folder.path.parent / "secret.png").write_bytes(b"secret")
    name = path.format(out=folder.path.parent)
    dataset = open_with(annotation(1), images=[image(1, name), image(2)])
    assert [("leaves the folder" in message and name in message) for message in said(dataset, "image 1")] == [True]
    with pytest.raises(UserError):
        dataset.image_path(dataset.images[0])
    assert dataset.has_picture(dataset.images[1])


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a\0b.png", "images", "x" * 5000, "//", "~/3.png", "3.png/"])
def test_names_that_name_no_picture(open_with, name):
    dataset = open_with(images=[image(1) | {"file_name": name}, image(2)])
    found = {entry.id: entry for entry in dataset.images}
    assert dataset.has_picture(found[2])
    assert said(dataset, "image 1") and (1 not in found or not dataset.has_picture(found[1]))


def test_a_picture_in_two_splits_is_told(folder):
    folder.pictures(["1.png", "2.png"])
    folder.json("train.json", coco([image(1)]))
    folder.json("val.json", coco([image(7, "1.png"), image(8, "2.png")]))
    (found,) = open_dataset(folder.path).problems
    assert (found.file, found.entry) == ("val.json", "image 7") and "image 1 (train)" in found.message


@pytest.mark.parametrize(
    "sides",
    [
        {"width": None},
        {"width": 0},
        {"height": -3},
        {"width": "wide"},
        {"width": 10**12},
        {"width": 10**5, "height": 10**5},
    ],
)
def test_a_size_that_the_file_lacks_is_asked_of_the_picture(open_with, sides):
    without_picture = image(3, "gone.png", width=None)
    dataset = open_with(annotation(1), images=[image(1) | sides, image(2), without_picture])
    assert [(found.id, found.width, found.height) for found in dataset.images] == [(1, 40, 30), (2, 40, 30)]
    assert len(said(dataset, "image 1")) == 1 and len(said(dataset, "image 3")) == 1


def test_a_size_that_disagrees_with_the_picture(folder, open_with):
    folder.json("images/3.png", b"not a picture")
    dataset = open_with(annotation(1), images=[image(1, width=80, height=60), image(2), image(3)])
    folder.pictures(["2.png"], size=(39, 30))
    examine(dataset)
    assert said(dataset, "image 1") == ["is 40 × 30 pixels; the file states 80 × 60"]
    assert said(dataset, "image 2") == ["is 39 × 30 pixels; the file states 40 × 30"]
    assert "3.png" in said(dataset, "image 3")[0]
    assert [dataset.read_image(found).shape for found in dataset.images[:2]] == [(60, 80, 3), (30, 40, 3)]


def test_nan_is_told_and_read_as_missing_but_not_in_text(folder):
    areas = float("nan"), float("-inf")
    content = coco([image(1, 'a "NaN, \\NaN.png')], [annotation(n, area=area) for n, area in enumerate(areas, 1)])
    dataset = open_dataset(folder.json("x.json", json.dumps(content).encode()))
    assert dataset.images[0].file_name == 'a "NaN, \\NaN.png'
    assert [found.id for found in dataset.instances(dataset.images[0])] == [1, 2]
    assert any("NaN" in found.message for found in dataset.problems)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_text_that_is_no_utf8(folder, encoding):
    folder.pictures(["Äpfel.png"])
    data = json.dumps(coco([image(1, "Äpfel.png")], [annotation(1)]), ensure_ascii=False).encode(encoding)
    dataset = open_dataset(folder.json("annotations/x.json", data).parents[1])
    assert len(dataset.instances(dataset.images[0])) == 1 and dataset.has_picture(dataset.images[0])
    told = [found.message for found in dataset.problems]
    assert told == ([] if encoding == "utf-8-sig" else [told[0]]) and all("UTF-8" in message for message in told)


def test_a_file_in_which_everything_is_wrong_stays_readable(open_with):
    dataset = open_with(*(annotation(n, category_id=99) for n in range(5000)))
    told = [found for found in dataset.problems if "annotation" in found.entry or "more" in found.entry]
    assert len(told) < 200 and "4,900 more" in told[-1].entry


def test_random_damage_never_breaks_more_than_it_touches(folder):
    """Whatever bytes change, opening either works or explains itself, and what opens can be looked at."""
    random = np.random.default_rng(0)
    whole = json.dumps(coco([image(1), image(2)], [annotation(n, n % 2 + 1) for n in range(4)], info={"a": 1})).encode()
    opened = 0
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(random.integers(1, 4)):
            data[random.integers(len(data))] = random.choice(list(b'0-."[]{},: nN\xffex9\\'))
        try:
            dataset = open_dataset(folder.json("x.json", bytes(data)))
        except UserError as error:
            assert error.message
            continue
        opened += 1
        for found in dataset.images:
            for instance in dataset.instances(found):
                dataset.mask(found, instance)
        ground_truth(dataset, dataset.images)
        examine(dataset)
    assert opened > 50
