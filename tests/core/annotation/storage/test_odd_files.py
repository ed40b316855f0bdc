"""Whatever is read although it is written oddly: after any edit ``pycocotools`` reads what was shown, and what nobody
touched is as it was."""

import contextlib
import io
import json
import uuid
from collections import Counter

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from core.annotation.editing import classes
from core.annotation.editing.model import Annotation
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from core.geometry.masks import crop, to_rle
from core.geometry.polygons import rasterise
from core.geometry.segmentation import Rle
from tests.core.annotation.edits import add, change, delete, mark, square
from tests.core.dataset.builders import TRIANGLE, annotation, coco, image

pytestmark = [
    pytest.mark.usefixtures("home"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # pycocotools' own
]

BIG = 1668163939123456789
SIZE = (30, 40)
DISC = to_rle(rasterise([[5, 5, 12, 5, 15, 12, 8, 16]], SIZE))
RUNS = {"size": [30, 40], "counts": [600, 100, 500]}
SQUARE = {"bbox": [1, 1, 8, 8], "area": 64, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}


def plain():
    """Three images, the third without instances; nuts, bolts and coins. What a test makes odd is the first of a list;
    what has a note is touched by no edit."""
    entries = [annotation(1, area=150), annotation(2, 1, 7, **SQUARE), annotation(3, 2, 8, **SQUARE, note=[1.5])]
    classes = [{"id": 3, "name": "nut"}, {"id": 7, "name": "bolt"}, {"id": 8, "name": "coin"}]
    return coco([image(1), image(2, note=1), image(3)], entries, classes, info={"note": 1})


def first(list_name, **fields):
    """Other fields of the first entry of a list; ``None`` for one that is missing."""

    def alter(content):
        entry = content[list_name][0] | fields
        content[list_name][0] = {key: value for key, value in entry.items() if value is not None}

    return alter


def shape(segmentation, **fields):
    return first("annotations", segmentation=segmentation, **fields)


def ids_of_all(images=lambda id: id, categories=lambda id: id, annotations=lambda id: id, references=None):
    """Other ids, and the references as the ids or as ``references`` make them."""

    def alter(content):
        for entry in content["annotations"]:
            entry["id"] = annotations(entry["id"])
            entry["image_id"] = (references or images)(entry["image_id"])
            entry["category_id"] = (references or categories)(entry["category_id"])
        for name, other in (("images", images), ("categories", categories)):
            for entry in content[name]:
                entry["id"] = other(entry["id"])

    return alter


def more(name, *entries, before=False):
    def alter(content):
        content[name] = [*entries, *content[name]] if before else [*content[name], *entries]

    return alter


def keyed(content):
    content["annotations"] = {str(entry["id"]): entry for entry in content["annotations"]}


def without(name):
    return lambda content: content.pop(name)


def uuid_of(number):
    return str(uuid.UUID(int=number * 12345678901234567890))


ODD = {
    "as COCO asks": lambda content: None,
    "uuids": ids_of_all(annotations=uuid_of),
    "text ids": ids_of_all(annotations="a{:03}".format),
    "ids that are numbers as text": ids_of_all(str, str, str),
    "all ids uuids": ids_of_all(uuid_of, uuid_of, uuid_of),
    "64 bits": ids_of_all(*[lambda id: id + BIG] * 3),
    "128 bits": ids_of_all(*[lambda id: id + 10**30] * 3),
    "negative": ids_of_all(*[lambda id: -id] * 3),
    "floats": ids_of_all(*[float] * 3),
    "1 and '1'": more("annotations", annotation("1", 2), annotation("01", 2)),
    "there twice": more("annotations", annotation(1, 2), annotation(1, 2)),
    "none": first("annotations", id=None),
    "a list for an id": first("annotations", id=[1]),
    "none at all": ids_of_all(annotations=lambda id: None),
    "text means numbers": ids_of_all(references=str),
    "zeros before numbers": ids_of_all(images="{:012}".format, references=int),
    "numbers mean text": ids_of_all(str, str, references=float),
    "image twice": more("images", image(1, "other.png", width=7, height=7)),
    "image twice, the first useless": more("images", {"id": 1}, before=True),
    "image twice, the last useless": more("images", {"id": 1}),
    "image without id": more("images", {"file_name": "4.png", "width": 40, "height": 30}),
    "no image at all": more("images", None, 7, "x", before=True),
    "image without size": first("images", width=None),
    "image with a size as text": first("images", width="40", height="30"),
    "image with an impossible size": first("images", width=0, height=-1),
    "category twice": more("categories", {"id": 3, "name": "washer"}),
    "category of the same name": more("categories", {"id": 9, "name": "nut"}),
    "category without id": more("categories", {"name": "lost"}),
    "category without name": first("categories", name=None),
    "category with a number for a name": first("categories", name=15),
    "no categories": without("categories"),
    "no annotations": without("annotations"),
    "annotations as an object": keyed,
    "no annotation at all": more("annotations", None, 7, [], "x"),
    "annotation of no image": more("annotations", annotation(9, 77), annotation(1, 77), annotation(None, 77)),
    "annotation of no class": more("annotations", annotation(9, 1, 77), annotation(1, 1, 77), annotation(4, 1, [7])),
    "annotation without image": more("annotations", {"id": 9, "category_id": 3}, {"id": 1, "image_id": 1}),
    "bare list": shape(TRIANGLE[0]),
    "points": shape([[[10, 10], [30, 10], [30, 25]]]),
    "points in no list": shape([[10, 10], [30, 10], [30, 25]]),
    "lists in a list": shape([TRIANGLE]),
    "several lists in a list": shape([[*TRIANGLE, [1, 1, 5, 1, 5, 5]]]),
    "coordinates as text": shape([[str(value) for value in TRIANGLE[0]]]),
    "odd number of coordinates": shape([[*TRIANGLE[0], 12]]),
    "two points": shape([[1, 2, 3, 4], *TRIANGLE]),
    "two points only": shape([[1, 2, 3, 4]]),
    "NaN": shape([[float("nan"), 1, 2, 3, 4, 5], *TRIANGLE]),
    "too far": shape([[1e9, 0, 2e9, 0, 2e9, 1e9]]),
    "outside": shape([[50, 5, 60, 5, 60, 20]]),
    "between 0 and 1": shape([[0.1, 0.1, 0.5, 0.1, 0.5, 0.9]]),
    "runs": shape(RUNS),
    "runs with a size as text": shape(RUNS | {"size": ["30", "40"]}),
    "runs with floats": shape({"size": [30.0, 40.0], "counts": [600.0, 100.0, 500.0]}),
    "runs without a size": shape({"counts": RUNS["counts"]}),
    "compressed": shape(DISC),
    "compressed as Python shows bytes": shape(DISC | {"counts": repr(DISC["counts"].encode())}),
    "list of compressed": shape([DISC, to_rle(rasterise(TRIANGLE, SIZE))]),
    "list of runs": shape([RUNS]),
    "list of runs and polygons": shape([RUNS, *TRIANGLE]),
    "runs of another size": shape(RUNS | {"size": [40, 30]}),
    "runs that do not add up": shape(RUNS | {"counts": [1, 2]}),
    "no segmentation": shape(None),
    "empty segmentation": shape([]),
    "segmentation as text": shape("polygon"),
    "no box": first("annotations", bbox=None),
    "nested box": first("annotations", bbox=[[10, 10, 20, 15]]),
    "negative box": first("annotations", bbox=[30, 25, -20, -15]),
    "box of three": first("annotations", bbox=[10, 10, 20]),
    "box as text": first("annotations", bbox=["10", "10", "20", "15"]),
    "box that contradicts": first("annotations", bbox=[0, 0, 3, 3]),
    "no area": first("annotations", area=None),
    "area as text": first("annotations", area="150"),
    "area NaN": first("annotations", area=float("nan")),
    "crowd": first("annotations", iscrowd=1),
    "crowd as true": first("annotations", iscrowd=True),
    "crowd as text": first("annotations", iscrowd="1"),
    "no crowd as text": first("annotations", iscrowd="0"),
    "no iscrowd": first("annotations", iscrowd=None),
}
LOOSE = ("text means numbers", "zeros before numbers", "numbers mean text", "none at all")
"""Where each annotation is written anew."""


def nut(draft):
    """An image and the first of its instances that is a nut, or what stands for one."""
    image = next(index for index in range(3) if draft.annotations(index))
    return image, next(iter(draft.annotations(image)))


def kind(draft):
    """The class of that, and another one that is not the coin."""
    image, id = nut(draft)
    category = draft.annotations(image)[id].category
    others = [each.id for each in draft.categories if each.id != category and each.name not in ("coin", "category 8")]
    return category, others[0] if others else category


def painted(draft, image, id):
    bitmap = np.zeros(SIZE, np.uint8)
    bitmap[3:9, 4:20] = 1
    return Annotation(kind(draft)[0], Rle.of(crop(bitmap)), (4.0, 3.0, 16.0, 6.0))


def draw(draft):
    """An instance of a new class, another shape for one that is there, one of its class relabelled."""
    edit, ring = classes.add(draft, "ring")
    draft.apply(edit)
    draft.apply(add(draft, 2, square(3, 3, category=ring)))
    draft.apply(add(draft, 2, square(9, 9, category=kind(draft)[0])))
    draft.apply(classes.relabel(draft, 2, tuple(draft.annotations(2))[-1:], kind(draft)[1]))
    return change(draft, *nut(draft), painted(draft, *nut(draft)))


EDITS = {
    "drawn": draw,
    "deleted": lambda draft: delete(draft, *nut(draft)),
    "reviewed": lambda draft: mark(draft, 0, "done"),
    "class renamed": lambda draft: classes.rename(draft, kind(draft)[0], "renamed"),
    "classes merged": lambda draft: classes.merge(draft, *kind(draft)),
    "class deleted": lambda draft: classes.delete(draft, kind(draft)[0]),
}


def drawn(draft):
    """By file name: class, crowd and pixels of each instance."""
    names = {category.id: category.name for category in draft.categories}
    return {
        found.file_name: [
            (names[one.category], one.crowd, one.mask(SIZE).full().tobytes())
            for one in draft.annotations(found.index).values()
        ]
        for found in draft.dataset.images
    }


def read_by_pycocotools(content):
    if isinstance(content["annotations"], dict):
        content = content | {"annotations": list(content["annotations"].values())}
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = content
        truth.createIndex()
    names = {id: category["name"] for id, category in truth.cats.items()}
    return {
        found["file_name"]: [
            (names[one["category_id"]], bool(one.get("iscrowd", 0)), pixels(truth, one))
            for one in truth.loadAnns(truth.getAnnIds(imgIds=[id]))
            if one["category_id"] in names
        ]
        for id, found in truth.imgs.items()
        if "file_name" in found
    }


def pixels(truth, annotation):
    if not annotation.get("segmentation"):
        return bytes(SIZE[0] * SIZE[1])  # there it stops
    return np.ascontiguousarray(coco_mask.decode(truth.annToRLE(annotation))).tobytes()


def entries(content):
    found = content.get("annotations", [])
    return [entry for entry in (found.values() if isinstance(found, dict) else found) if isinstance(entry, dict)]


def noted_in(entry):
    return isinstance(entry, dict) and "note" in entry


def count(drawn):
    return sum(map(len, drawn.values()))


def unique_ids(content):
    """The ids that one annotation has which pycocotools takes."""
    keys = ("id", "image_id", "category_id")
    taken = [entry for entry in entries(content) if all(isinstance(entry.get(key), int | float | str) for key in keys)]
    counted = Counter(entry["id"] for entry in taken)
    return {id for id, count in counted.items() if count == 1}


@pytest.mark.parametrize("edit", EDITS)
def test_after_any_edit_pycocotools_reads_what_was_shown(folder, edit, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # hundreds of saves
    folder.pictures(["1.png", "2.png", "3.png"])
    for odd, alter in ODD.items():
        alter(content := plain())
        file = folder.json("annotations/x.json", content)
        opened = open_draft(open_dataset(folder.path))
        draft = opened.draft
        possible = draft.dataset.class_counts().any()
        before = drawn(draft)
        draft.apply(EDITS[edit](draft) if possible else mark(draft, 0, "done"))
        expected = drawn(draft)
        save(draft.snapshot(), opened.journal)
        opened.journal.close()
        after = json.loads(file.read_bytes())
        read = read_by_pycocotools(after)
        assert {name: read[name] for name in expected} == expected, odd
        again = open_draft(open_dataset(folder.path))
        assert drawn(again.draft) == expected and again.recovered is None, odd
        again.journal.close()
        ids = [entry["id"] for entry in entries(after)]
        assert len(set(ids)) == len(ids), odd
        assert len(unique_ids(content) - set(ids)) <= max(count(before) - count(expected), 0), odd
        if odd not in LOOSE:
            noted = [json.dumps(entry) for entry in (*entries(content), *content["images"]) if noted_in(entry)]
            assert noted and all(entry.encode() in file.read_bytes() for entry in noted), odd


@pytest.mark.parametrize(
    "ids, new",
    [
        (lambda id: id, [4, 5]),
        (uuid_of, ["00000000-0000-8000-8000-000000000001", "00000000-0000-8000-8000-000000000002"]),
        ("a{}".format, ["1", "2"]),
        (str, ["4", "5"]),
        (lambda id: id + BIG, [1, 2]),
    ],
)
def test_new_ids_look_like_those_that_are_there(folder, ids, new):
    """Each is known by the same number when the file is opened again, so that what a journal says of it stays true."""
    content = plain()
    ids_of_all(annotations=ids)(content)
    file = folder.json("x.json", content)
    for number in (0, 1):
        opened = open_draft(open_dataset(file))
        edit = add(opened.draft, 2, square(3, 4 + number))
        opened.draft.apply(edit)
        save(opened.draft.snapshot(), opened.journal)
        opened.journal.close()
        again = open_dataset(file)
        assert set(edit.after) <= set(again.ids(again.images[2]))
    written = json.loads(file.read_bytes())["annotations"]
    assert [entry["id"] for entry in written] == [*map(ids, (1, 2, 3)), *new]


def test_what_is_drawn_in_a_file_with_uuids_is_rescued_after_a_crash(folder):
    content = plain()
    ids_of_all(uuid_of, uuid_of, uuid_of)(content)
    file = folder.json("x.json", content)
    opened = open_draft(open_dataset(file))
    for edit in (EDITS["drawn"], EDITS["class renamed"]):
        opened.draft.apply(edit(opened.draft))
    expected = drawn(opened.draft)
    opened.journal.close()  # nothing was saved
    again = open_draft(open_dataset(file))
    assert again.recovered.edits == 6 and drawn(again.draft) == expected
    again.journal.close()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-be", "cp1252"])
def test_whatever_a_file_is_encoded_in_it_is_saved_as_others_read_it(folder, encoding):
    content = plain()
    content["categories"][0]["name"] = "Äpfel"
    file = folder.json("x.json", json.dumps(content, ensure_ascii=False).encode(encoding))
    opened = open_draft(open_dataset(file))
    opened.draft.apply(EDITS["drawn"](opened.draft))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    assert json.loads(file.read_bytes().decode("utf-8"))["categories"][0] == {"id": 3, "name": "Äpfel"}
    backup = next((opened.journal.folder / "backups").iterdir())
    assert backup.read_bytes().decode(encoding) == json.dumps(content, ensure_ascii=False)


def test_a_new_class_does_not_get_the_annotations_of_one_that_is_not_there(folder):
    entries = [annotation(1), annotation(2, 1, 8), annotation(3, 1, 4), annotation(4, 1, "9")]
    file = folder.json("x.json", coco([image(1)], entries))
    opened = open_draft(open_dataset(file))
    edit, ring = classes.add(opened.draft, "ring")
    opened.draft.apply(edit)
    opened.draft.apply(add(opened.draft, 0, square(3, 3, category=ring)))
    expected = drawn(opened.draft)
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    again = open_draft(open_dataset(file))
    assert drawn(again.draft) == expected and len(expected["1.png"]) == 2
    again.journal.close()


def saved_after(folder, content, edit):
    """The file's content after one edit."""
    file = folder.json("x.json", content)
    opened = open_draft(open_dataset(file))
    opened.draft.apply(EDITS[edit](opened.draft))
    save(opened.draft.snapshot(), opened.journal)
    opened.journal.close()
    return json.loads(file.read_bytes())


def test_an_object_of_annotations_stays_one_with_ids_as_keys(folder):
    keyed(content := plain())
    del content["annotations"]["2"]["id"]
    after = saved_after(folder, content, "drawn")["annotations"]
    assert list(after) == ["1", "2", "3", "4", "5"] and [entry["id"] for entry in after.values()] == [1, 2, 3, 4, 5]
    assert after["3"] == content["annotations"]["3"]


def test_what_could_not_be_read_is_kept_in_the_file_unless_it_was_edited(folder):
    content = plain() | {"unread": {"annotations": ["earlier"]}}
    nut, bolt, _ = content["annotations"]
    nut["segmentation"] = bolt["segmentation"] = [[1, 2, 3, 4]]
    content["images"].append(twice := image(2, "twice.png"))
    content["annotations"].append("text")
    expected = {"annotations": ["earlier", bolt, "text"], "images": [twice], "categories": []}
    after = saved_after(folder, content, "drawn")
    assert after["unread"] == expected and after["annotations"][1]["segmentation"] == []


def test_classes_that_are_names_by_their_ids_keep_their_names(folder):
    content = plain() | {"categories": {"3": "nut", "7": "bolt", "8": "coin"}}
    after = saved_after(folder, content, "drawn")["categories"]
    names = {id: each if isinstance(each, str) else each["name"] for id, each in after.items()}
    assert names.items() >= content["categories"].items()


def test_annotations_that_are_null_become_a_list(folder):
    after = saved_after(folder, plain() | {"annotations": None}, "drawn")["annotations"]
    assert isinstance(after, list) and len(after) == 2
