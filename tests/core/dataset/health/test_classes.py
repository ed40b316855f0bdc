"""Classes nobody uses, classes by two names, classes that a split lacks."""

from itertools import combinations

import pytest

from core.dataset.health.classes import class_findings, same_name

COCO = """
person bicycle car motorcycle airplane bus train truck boat traffic_light fire_hydrant stop_sign parking_meter bench
bird cat dog horse sheep cow elephant bear zebra giraffe backpack umbrella handbag tie suitcase frisbee skis snowboard
sports_ball kite baseball_bat baseball_glove skateboard surfboard tennis_racket bottle wine_glass cup fork knife spoon
bowl banana apple sandwich orange broccoli carrot hot_dog pizza donut cake chair couch potted_plant bed dining_table
toilet tv laptop mouse remote keyboard cell_phone microwave oven toaster sink refrigerator book clock vase scissors
teddy_bear hair_drier toothbrush
"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Nut", "nut"),
        ("hex nut", "hex_nut"),
        ("berry", "berries"),
        ("box", "boxes"),
        ("washer", "washers"),
        ("washer", "wahser"),
        ("washer", "waster"),
        ("ＢＯＬＴ", "bolt"),
    ],
)
def test_names_that_are_one(one: str, other: str):
    assert same_name(one, other) and same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [("cat", "cow"), ("fork", "cork"), ("bolt m6", "bolt m8"), ("image 1", "image 11"), ("washer", "dryer"), ("?", "")],
)
def test_names_that_are_two(one: str, other: str):
    assert not same_name(one, other)


def test_the_classes_of_coco_are_eighty():
    names = COCO.split()
    counts = dict.fromkeys(range(80), 1)
    assert list(class_findings(dict(enumerate(names)), counts, {})) == []


def test_unused_doubled_and_missing_classes():
    names = {3: "nut", 7: "Nuts", 9: "coin"}
    splits = {"train": {3: 5, 7: 1}, "val": {3: 2}}
    kinds = [(each.kind, each.classes) for each in class_findings(names, {3: 7, 7: 1}, splits)]
    assert kinds == [("unused_class", (9,)), ("similar_classes", (3, 7))]  # one instance cannot be in two splits
    splits["train"][7] = 2
    (missing,) = [each for each in class_findings(names, {3: 7, 7: 2}, splits) if each.kind == "missing_class"]
    assert missing.sentence == "There is no Nuts in val, and 2 in all."
    assert not [each for each in class_findings(names, {3: 7, 7: 2}, {"train": splits["train"]}) if "miss" in each.kind]


def test_among_many_names_all_that_are_one_are_found():
    names = ["washer", "wahser", "Washers", "wash er", "washr", "dryer", "dryers", "bolt_m6", "bolt_m8", "lock nut"]
    names += ["locknuts", "lock-nat", "", "?", "w" * 300, "W" * 300]
    found = {each.classes for each in class_findings(dict(enumerate(names)), {}, {}) if each.kind == "similar_classes"}
    pairs = combinations(range(len(names)), 2)
    assert found == {(one, other) for one, other in pairs if same_name(names[one], names[other])}
    assert len(found) > 8
