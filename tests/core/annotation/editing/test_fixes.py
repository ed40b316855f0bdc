"""What a check finds can be mended, all of a kind in one step, and the mending taken back."""

import json

import cv2
import numpy as np
import PIL.Image
import pytest

from core.annotation.editing import fixes
from core.annotation.editing.draft import Draft
from core.annotation.editing.edits import inverse
from core.dataset.health.findings import by_kind
from core.dataset.health.kinds import ACROSS, KINDS, LEFT_OUT
from core.dataset.health.survey import survey
from core.dataset.opening import open_dataset
from core.geometry.masks import crop
from core.geometry.segmentation import Rle
from tests.core.dataset.builders import annotation, coco, image

CLASSES = [{"id": 1, "name": "nut"}, {"id": 2, "name": "Nuts"}, {"id": 3, "name": "coin"}, {"id": 4, "name": "bolt"}]


class Kept(list):
    def append(self, edit, step="do"):
        super().append(edit)


def polygon(*points: float) -> dict:
    xs, ys = points[::2], points[1::2]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    return {"segmentation": [list(points)], "bbox": [min(xs), min(ys), width, height], "area": width * height}


def square(x: float, y: float, side: float) -> dict:
    return polygon(x, y, x + side, y, x + side, y + side, x, y + side)


def specked() -> dict:
    bitmap = np.zeros((100, 120), np.uint8)
    bitmap[10:40, 10:40] = 1
    bitmap[70, 90] = 1
    mask = crop(bitmap)
    return {"segmentation": Rle.of(mask).coco, "bbox": list(mask.box), "area": mask.area}


FAULTS = {
    "no_pixels": [polygon(10, 10, 10.2, 10, 10.2, 10.2)],
    "beyond": [square(200, 200, 20)],
    "shares": [square(0.2, 0.2, 0.5)],
    "twice": [square(10, 10, 40), square(10, 11, 40)],
    "two_classes": [square(10, 10, 40), square(10, 11, 40) | {"category_id": 2}],
    "inside": [square(10, 10, 60), square(20, 20, 10)],
    "overlap": [square(10, 10, 40), polygon(40, 10, 60, 10, 60, 50, 40, 50)],
    "speck": [specked()],
    "sliver": [polygon(10, 10, 60, 10, 60, 12, 10, 12)],
    "tiny": [square(10, 10, 3)],
    "crossing": [polygon(10, 10, 50, 50, 50, 10, 10, 50) | {"area": 800}],
    "outside": [square(100, 10, 22.5)],
    "box": [square(10, 10, 40) | {"bbox": [10, 10, 40, 50]}],
    "area": [square(10, 10, 40) | {"area": 9999}],
}


@pytest.fixture
def draft(tmp_path):
    """The draft of a dataset with these annotations, two images of each list of them."""

    def draft(*annotations: dict, empty: int = 0) -> Draft:
        images = [image(number, width=120, height=100) for number in range(1, 3 + empty)]
        entries = [
            annotation(10 * number + place, number, **{"category_id": 1, **one})
            for number in (1, 2)
            for place, one in enumerate(annotations, 1)
        ]
        used = [annotation(90 + category, 2, category, **square(80, 60, 8 + 4 * category)) for category in (2, 4)]
        (tmp_path / "set.json").write_text(json.dumps(coco(images, entries + used[:empty], CLASSES)))
        return Draft(open_dataset(tmp_path / "set.json"), Kept())

    return draft


def kinds_of(draft: Draft) -> list[str]:
    found = [each for index in range(len(draft.dataset.images)) for each in fixes.of_image(draft, index, {})]
    return sorted(each.kind for each in found)


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fix_mends_all_of_a_kind_in_one_step_that_can_be_undone(kind: str, draft):
    draft = draft(*FAULTS[kind])
    found = by_kind(survey(draft.dataset, fixes.OF_IMAGES).findings)
    assert {each.images[0] for each in found[kind]} == {0, 1}
    assert kinds_of(draft) == sorted(each.kind for some in found.values() for each in some)  # the draft is as the file
    before = [dict(draft.peek(index)) for index in (0, 1)]
    edit = fixes.fix(draft, found[kind])
    assert edit is not None
    draft.apply(edit)
    assert not {kind} & {*kinds_of(draft)} and len(draft.keeper) == 1
    assert fixes.fix(draft, found[kind]) is None or kind in ("speck", "crossing", "outside", "overlap", "shares")
    draft.apply(inverse(edit))
    assert kinds_of(draft) == sorted(each.kind for some in found.values() for each in some)
    assert [{id: (one.segmentation, one.category) for id, one in draft.peek(index).items()} for index in (0, 1)] == [
        {id: (one.segmentation, one.category) for id, one in instances.items()} for instances in before
    ]


def test_every_kind_with_a_fix_has_one():
    assert {kind for kind, about in KINDS.items() if about.fix} == {
        *fixes.MENDS, *ACROSS, *LEFT_OUT, "bare", "unused_class", "similar_classes"
    }  # fmt: skip
    assert fixes.MENDS.keys() == {*FAULTS, "box_only", "unturned"}


def test_of_two_classes_of_an_object_the_one_that_the_dataset_has_more_of_stays(draft):
    draft = draft(square(10, 10, 40) | {"category_id": 2}, square(10, 11, 40), square(60, 50, 30))
    found = by_kind(survey(draft.dataset, ["two_classes"]).findings)["two_classes"]
    draft.apply(fixes.fix(draft, found))
    assert [[*draft.peek(index)] for index in (0, 1)] == [[12, 13], [22, 23]]


def test_an_object_is_cut_out_of_its_box_and_nothing_is_made_up_where_there_is_no_picture(draft, tmp_path):
    picture = np.full((100, 120, 3), 40, np.uint8)
    cv2.ellipse(picture, (50, 40), (25, 15), 0, 0, 360, (60, 200, 230), -1)
    cv2.imwrite(str(tmp_path / "1.png"), picture)
    draft = draft({"segmentation": [], "bbox": [25, 25, 50, 30], "area": 1500})
    found = by_kind(survey(draft.dataset, ["box_only"]).findings)["box_only"]
    assert len(found) == 2
    edit = fixes.fix(draft, found)
    draft.apply(edit)
    drawn = np.zeros((100, 120), np.uint8)
    cv2.ellipse(drawn, (50, 40), (25, 15), 0, 0, 360, 1, -1)
    cut = draft.peek(0)[11].mask((100, 120)).full()
    assert (cut & drawn).sum() / (cut | drawn).sum() > 0.9
    assert kinds_of(draft) == ["box_only"] and draft.peek(1)[21].segmentation is None
    draft.apply(inverse(edit))
    assert kinds_of(draft) == ["box_only", "box_only"]


@pytest.mark.parametrize("turn", [5, 6, 7, 8])
@pytest.mark.parametrize("encoded", [False, True])
def test_masks_that_were_drawn_unturned_are_turned_with_their_picture(tmp_path, turn, encoded):
    """The object is bright: turned as it is stored or as it is shown, the mask lies on it."""
    stored = np.zeros((60, 100), np.uint8)
    stored[10:40, 75:95] = 255
    exif = PIL.Image.Exif()
    exif[274] = turn
    PIL.Image.fromarray(stored).save(tmp_path / "1.png", exif=exif)
    ring = [75, 10, 95, 10, 95, 40, 75, 40]
    shape = Rle.of(crop(stored // 255)).coco if encoded else [ring]
    entry = annotation(1, 1, 1, segmentation=shape, bbox=[75, 10, 20, 30], area=600)
    content = coco([image(1, width=60, height=100)], [entry], CLASSES)
    (tmp_path / "set.json").write_text(json.dumps(content))
    dataset = open_dataset(tmp_path / "set.json")
    draft = Draft(dataset, Kept())
    found = by_kind(survey(dataset, ["unturned"]).findings)["unturned"]
    assert [each.kind for each in fixes.of_image(draft, 0, {}) if each.kind == "unturned"] == ["unturned"]
    edit = fixes.fix(draft, found)
    draft.apply(edit)
    shown = dataset.read_image(dataset.images[0])[..., 0] > 127
    assert np.array_equal(draft.peek(0)[1].mask((100, 60)).full() > 0, shown)
    assert "unturned" not in kinds_of(draft) and "outside" not in kinds_of(draft)
    draft.apply(inverse(edit))
    assert "unturned" in kinds_of(draft)


def test_an_untangled_outline_keeps_its_pixels(draft):
    draft = draft(*FAULTS["crossing"])
    before = draft.peek(0)[11].mask((100, 120)).full()
    found = by_kind(survey(draft.dataset, ["crossing"]).findings)["crossing"]
    draft.apply(fixes.fix(draft, found))
    after = draft.peek(0)[11]
    assert np.count_nonzero(after.mask((100, 120)).full() != before) <= 2
    assert len(after.segmentation.parts) == 2  # a bow tie is two triangles


def test_classes_are_deleted_and_merged(draft):
    draft = draft(square(10, 10, 20), empty=1)
    found = by_kind(fixes.of_classes(draft))
    assert [each.classes for each in found["unused_class"]] == [(3,), (4,)]
    assert [each.classes for each in found["similar_classes"]] == [(1, 2)]
    draft.apply(fixes.fix(draft, found["unused_class"]))
    draft.apply(fixes.fix(draft, found["similar_classes"]))
    assert [category.name for category in draft.categories] == ["nut"]
    assert {one.category for one in draft.peek(1).values()} == {1}
    (missing,) = fixes.of_classes(draft)
    assert missing.kind == "missing_class" and missing.fields["split"] == "val"
    assert fixes.fix(draft, found["similar_classes"]) is None
    for edit in reversed([*draft.keeper]):
        draft.apply(inverse(edit))
    assert draft.categories == draft.dataset.categories


def test_images_without_annotations_are_marked(draft):
    draft = draft(square(10, 10, 20), empty=1)
    found = by_kind(survey(draft.dataset, ["bare"]).findings)["bare"]
    draft.apply(fixes.fix(draft, found))
    assert draft.review(2) == "to do" and not fixes.of_image(draft, 2, {})
    assert fixes.fix(draft, found) is None
