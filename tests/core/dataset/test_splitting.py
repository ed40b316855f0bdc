"""A dataset is divided by a rule or by hand, its annotation files stay as they are, and everybody reads what was
decided."""

import json
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from core.cli.commands import app
from core.dataset import open_dataset
from core.dataset.splits import split_file
from core.dataset.splits.split_file import FILE, SplitFile, SplitRule
from core.dataset.splits.splits import EXCLUDED
from core.dataset.splitting import excluded, moved, propose, resplit, turned, united
from core.errors import UserError
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.health.test_leaks import scene


def sequence_of(number: int) -> dict[str, str]:
    """What an import notes in the entry of an image."""
    return {"stack" if number % 3 == 2 else "video": f"clips/{number % 3}"} if number < 12 else {}


def make(folder: Path, **splits: list[tuple[str, int, int]]) -> Path:
    """A COCO file for each split, of images as name, number of nuts and number of bolts; they have no pictures."""
    (folder / "annotations").mkdir(parents=True)
    for split, images in splits.items():
        annotations = [
            annotation(1000 * number + count, number, 3 if count < nuts else 7)
            for number, (_, nuts, bolts) in enumerate(images, 1)
            for count in range(nuts + bolts)
        ]
        entries = [
            image(number, name, **({"patient": f"p{number % 4}"} if number < 9 else {}), **sequence_of(number))
            for number, (name, *_) in enumerate(images, 1)
        ]
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(coco(entries, annotations)))
    return folder


@pytest.fixture
def folder(tmp_path) -> Path:
    train = [(f"{'abc'[number % 3]}_{number:02}.png", 4, number % 2) for number in range(16)]
    return make(tmp_path / "set", train=train, val=[(f"d_{number}.png", 2, 0) for number in range(4)])


def split_of(dataset) -> dict[str, str]:
    return {image.file_name: image.split for image in dataset.images}


def command(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*map(str, words)])
    return result.exit_code, result.output


def test_each_split_gets_its_share_of_each_class_and_the_annotation_files_stay(folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.json")}
    dataset = open_dataset(folder)
    proposal = propose(dataset, SplitRule(train=0.5, val=0.25, test=0.25))
    assert not (folder / FILE).exists() and Counter(split_of(dataset).values()) == {"train": 16, "val": 4}
    split_file.write(folder, proposal.file)
    after = open_dataset(folder)
    assert after.splits == ("train", "val", "test")
    assert Counter(split_of(after).values()) == {"train": 10, "val": 5, "test": 5}
    assert [after.class_counts(split).tolist() for split in after.splits] == [[36, 4], [18, 2], [18, 2]]
    assert split_of(after) == split_of(proposal.dataset), "it is what was shown"
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(
    ("rule", "group"),
    [
        (SplitRule(by="pattern", pattern="^(.)_", val=0.4), lambda image: image.file_name[0]),
        (SplitRule(by="series", val=0.4), lambda image: image.file_name[0]),
        (SplitRule(by="video"), lambda image: int(image.id) % 3 if int(image.id) < 12 else image.index),
        (SplitRule(by="field", field="patient"), lambda image: int(image.id) % 4 if int(image.id) < 9 else image.index),
        (SplitRule(by="pattern", pattern="^(.)_", folds=3), lambda image: image.file_name[0]),
    ],
)
def test_what_belongs_together_stays_together(folder, rule, group):
    proposal = propose(open_dataset(folder), rule)
    splits: dict[object, set[str]] = {}
    for each in proposal.dataset.images:
        splits.setdefault(group(each), set()).add(each.split)
    assert all(len(found) == 1 for found in splits.values()), splits
    assert set(proposal.dataset.splits) == {"train", "val"}


def test_the_same_seed_gives_the_same_and_another_one_another(folder):
    dataset = open_dataset(folder)
    once, again, other = (split_of(propose(dataset, SplitRule(seed=seed)).dataset) for seed in (1, 1, 2))
    assert once == again != other


def test_every_image_validates_in_one_of_the_folds(folder):
    dataset = open_dataset(folder)
    file = propose(dataset, SplitRule(folds=4, fold=2)).file
    validated = Counter()
    for fold in range(1, 5):
        of_fold = {name for name, split in split_of(resplit(dataset, turned(file, fold))).items() if split == "val"}
        assert of_fold == set(file.folds[fold - 1]) and len(of_fold) == 5
        validated.update(of_fold)
    assert set(validated.values()) == {1} and len(validated) == 20
    assert turned(turned(file, 4), 2).split_of() == file.split_of()
    with pytest.raises(UserError, match="no fold 5 of 4"):
        turned(file, 5)


def test_images_of_other_splits_stay_unless_test_has_a_share(tmp_path):
    folder = make(tmp_path / "set", train=[(f"a{n}.png", 1, 0) for n in range(8)], test=[("a8.png", 1, 0)])
    dataset = open_dataset(folder)
    proposal = propose(dataset, SplitRule(by="image"))
    assert split_of(proposal.dataset)["a8.png"] == "test" and proposal.held == 0
    held = propose(dataset, SplitRule(by="pattern", pattern="(a)[78]"))
    assert held.held == 1, "a7 and a8 belong together, and a8 stays in test"
    assert "a8.png" in propose(dataset, SplitRule(by="pattern", pattern="(a)[78]", test=0.3)).file.split_of()


def test_what_is_moved_by_hand_is_kept_and_others_stay(folder):
    dataset = open_dataset(folder)
    split_file.write(folder, moved(dataset, [0, 17], "test"))
    after = open_dataset(folder)
    assert split_of(after) == split_of(dataset) | {"a_00.png": "test", "d_1.png": "test"}
    split_file.write(folder, moved(after, [0], "train"))
    assert split_of(open_dataset(folder)) == split_of(dataset) | {"d_1.png": "test"}
    split_file.write(folder, None)
    assert split_of(open_dataset(folder)) == split_of(dataset)


def test_folds_stay_true_when_images_are_moved_by_hand(folder):
    dataset = open_dataset(folder)
    file = propose(dataset, SplitRule(folds=4, fold=2)).file
    dataset = resplit(dataset, file)
    index_of = {image.file_name: image.index for image in dataset.images}
    tested, learnt, held = file.folds[0][0], file.folds[1][0], file.folds[2][0]
    for name, split in ((tested, "test"), (learnt, "train"), (held, "val")):
        dataset = resplit(dataset, moved(dataset, [index_of[name]], split))
    folds = dataset.split_file.folds
    assert {name for name, split in split_of(dataset).items() if split == "val"} == set(folds[1])
    assert sorted(name for fold in folds for name in fold) == sorted(set(index_of) - {tested})
    turns = [split_of(resplit(dataset, turned(dataset.split_file, fold))) for fold in range(1, 5)]
    assert all(turn[tested] == "test" for turn in turns)
    assert [turn[learnt] for turn in turns].count("val") == 1
    assert turns[1] == split_of(dataset), "the fold that validates now is what is seen"


def test_a_split_may_be_called_as_its_file_is(tmp_path):
    odd = "dogs, cats & O'Neil\t"
    folder = make(
        tmp_path / "set", train=[("1.png", 1, 0), ("2.png", 1, 0)], val=[("3.png", 1, 0)], **{odd: [("4.png", 1, 0)]}
    )
    dataset = open_dataset(folder)
    assert dataset.splits == ("train", "val", "dogs, cats & O'Neil_")
    for file in (moved(dataset, [1], "val"), propose(dataset, SplitRule()).file):
        split_file.write(folder, file)
        assert split_of(open_dataset(folder))["4.png"] == "dogs, cats & O'Neil_"


def test_clusters_of_pairs_go_where_most_of_them_is(tmp_path):
    folder = make(
        tmp_path / "set",
        train=[(f"t{number}.png", 1, 0) for number in range(4)],
        val=[(f"v{number}.png", 1, 0) for number in range(4)],
    )
    dataset = open_dataset(folder)
    split_file.write(folder, united(dataset, [(0, 4), (1, 5), (5, 6)]))
    assert split_of(open_dataset(folder)) == split_of(dataset) | {"v0.png": "train", "t1.png": "val"}


def test_pictures_are_left_out_and_of_copies_the_best_annotated_stays(tmp_path):
    """And no rule brings them back."""
    folder = make(tmp_path, train=[(f"{number}.png", number % 2, 1) for number in range(4)], val=[("v.png", 1, 1)])
    file = folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    extra = next(each for each in content["annotations"] if each["image_id"] == content["images"][2]["id"])
    content["annotations"] += [extra | {"id": id} for id in (998, 999)]
    file.write_text(json.dumps(content))
    dataset = open_dataset(folder)
    split_file.write(folder, excluded(dataset, [(0, 1), (1, 2), (3,)]))
    again = open_dataset(folder)
    assert [image.split for image in again.images] == [EXCLUDED, EXCLUDED, "train", EXCLUDED, "val"]
    proposal = propose(again, SplitRule(train=0.5, val=0.5))
    assert [image.split == EXCLUDED for image in proposal.dataset.images] == [True, True, False, True, False]


def test_images_of_one_name_in_two_files_are_told_apart(tmp_path):
    folder = make(tmp_path / "set", train=[("1.png", 1, 0), ("2.png", 1, 0)], val=[("1.png", 1, 0)])
    split_file.write(folder, moved(open_dataset(folder), [0], "test"))
    assert [image.split for image in open_dataset(folder).images] == ["test", "train", "val"]
    assert "annotations/instances_train.json: 1.png" in split_file.read(folder).split_of()


def test_splits_stay_when_files_with_images_of_the_same_name_come_and_go(tmp_path):
    folder = make(tmp_path / "set", train=[("1.png", 1, 0), ("2.png", 1, 0)], val=[("3.png", 1, 0)])
    split_file.write(folder, moved(open_dataset(folder), [0], "test"))
    later = make(tmp_path / "later", train=[("1.png", 1, 0)]) / "annotations" / "instances_train.json"
    added = folder / "annotations" / "instances_zoo.json"
    added.write_bytes(later.read_bytes())
    assert open_dataset(folder).images[0].split == "test"
    split_file.write(folder, moved(open_dataset(folder), [3], "train"))
    added.unlink()
    assert [image.split for image in open_dataset(folder).images] == ["test", "train", "val"]


def test_a_file_further_down_has_the_splits_of_its_dataset_and_no_other(tmp_path):
    folder = tmp_path / "set"
    for split in ("train", "valid"):
        made = make(tmp_path / split, **{split: [("1.png", 1, 0), ("2.png", 1, 0)]})
        (folder / split).mkdir(parents=True)
        (made / "annotations" / f"instances_{split}.json").rename(folder / split / "_annotations.coco.json")
        for number in (1, 2):
            cv2.imwrite(str(folder / split / f"{number}.png"), np.full((8, 8, 3), 90 + number, np.uint8))
    alone = folder / "train" / "_annotations.coco.json"
    split_file.write(folder, moved(open_dataset(folder), [0], "test"))
    dataset = open_dataset(alone)
    assert dataset.images[0].split == "test" and dataset.root == folder
    assert [dataset.image_path(image).parent.name for image in dataset.images] == ["train", "train"]
    assert dataset.has_picture(dataset.images[0])
    (folder / "other" / "deeper").mkdir(parents=True)
    foreign = folder / "other" / "deeper" / "a.json"
    foreign.write_bytes(alone.read_bytes())
    assert open_dataset(foreign).split_file is None, "it is no part of what is above it"
    (tmp_path / "splits.json").write_bytes((folder / FILE).read_bytes())
    (folder / FILE).unlink()
    (folder / FILE).symlink_to(tmp_path / "splits.json")
    assert open_dataset(alone).root == folder / "train"


def test_an_image_that_comes_later_is_shared_out_and_the_others_stay(tmp_path):
    folder = make(tmp_path / "set", default=[(f"{number}.png", 1, 0) for number in range(10)])
    split_file.write(folder, propose(open_dataset(folder), SplitRule(val=0.3)).file)
    known = split_of(open_dataset(folder))
    file = folder / "annotations" / "instances_default.json"
    content = json.loads(file.read_text())
    content["images"] += [image(number, f"{number}.png") for number in range(100, 110)]
    content["annotations"] += [annotation(number, number) for number in range(100, 110)]
    file.write_text(json.dumps(content))
    now = split_of(open_dataset(folder, validation_fraction=0.3))
    assert {name: now[name] for name in known} == known
    assert Counter(now.values()) == {"train": 14, "val": 6}


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"train": ["a_00.png"]}',
        b'{"kind": "maskwright splits", "splits": {"../out": ["a_00.png"]}}',
        b'{"kind": "maskwright splits", "splits": {"..": []}}',
        b'{"kind": "maskwright splits", "splits": {"train": [{}]}}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_holds_no_splits_is_named_and_never_written_over(folder, content):
    (folder / FILE).write_bytes(content)
    dataset = open_dataset(folder)
    assert [problem.file for problem in dataset.failed] == [FILE]
    assert Counter(split_of(dataset).values()) == {"train": 16, "val": 4}
    with pytest.raises(UserError, match="holds no splits"):
        split_file.write(folder, SplitFile(splits={}))
    assert (folder / FILE).read_bytes() == content


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (SplitRule(by="pattern", pattern="(a+)+$"), "repeats"),
        (SplitRule(by="pattern", pattern="("), "no regular expression"),
        (SplitRule(by="pattern"), "no pattern"),
        (SplitRule(by="field", field="camera"), "has a field “camera”"),
        (SplitRule(by="folder"), "1 group of images, for 2 parts"),
        (SplitRule(folds=1), "1 fold cannot"),
        (SplitRule(folds=3, fold=4), "no fold 4 of 3"),
        (SplitRule(train=0), "no share"),
    ],
)
def test_a_rule_that_cannot_be_followed_says_why(folder, rule, sentence):
    with pytest.raises(UserError, match=sentence):
        propose(open_dataset(folder), rule)


def test_the_command_shows_what_would_come_out_then_does_it(folder, tmp_path):
    words = ("split", folder, "--by", "series", "--val", "0.4", "--runs", tmp_path / "runs")
    code, output = command(*words, "--dry-run")
    assert code == 0 and "bolt: train 8 → " in output and not (folder / FILE).exists()
    code, output = command(*words, "--json")
    assert code == 0 and (folder / FILE).exists()
    (line,) = [line for line in output.splitlines() if line.startswith("{")]
    shares = json.loads(line)["after"]
    after = open_dataset(folder)
    assert {split: share["images"] for split, share in shares.items()} == Counter(split_of(after).values())
    assert command("split", folder, "--by", "nothing")[0] == 2


def test_a_leak_is_found_and_gone_once_like_pictures_stay_together(tmp_path):
    folder = make(
        tmp_path / "set",
        train=[(f"t{'abcdefgh'[number]}.png", 1, 0) for number in range(8)],
        val=[("x.png", 1, 0), ("y.png", 1, 0)],
    )
    for split, names in (("train", [f"t{letter}.png" for letter in "abcdefgh"]), ("val", ["x.png", "y.png"])):
        (folder / "images" / split).mkdir(parents=True)
        for number, name in enumerate(names):
            picture = cv2.resize(scene(number + 100 * (split == "val")), (40, 30), interpolation=cv2.INTER_AREA)
            if name == "x.png":  # the first of training, a little brighter
                picture = np.clip(cv2.imread(str(folder / "images/train/ta.png")) * 1.05 + 4, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / "images" / split / name), picture)
    runs = tmp_path / "runs"
    code, output = command("check", folder, "--runs", runs)
    assert code == 1 and "ta.png (train) and x.png (val)" in " ".join(output.split())
    assert command("split", folder, "--alike", "--runs", runs)[0] == 0
    code, output = command("check", folder, "--runs", runs)
    assert code == 0, output
    splits = split_of(open_dataset(folder))
    assert splits["ta.png"] == splits["x.png"] and Counter(splits.values()) == {"train": 8, "val": 2}


def test_what_is_annotated_in_another_format_is_told_before_its_pictures_are_divided(tmp_path):
    (tmp_path / "labels").mkdir()
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((20, 20, 3), np.uint8))
        (tmp_path / "labels" / f"{number}.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.9\n")
    (tmp_path / "data.yaml").write_text("names: [nut]\n")
    ended, said = command("split", tmp_path, "--dry-run", "--runs", tmp_path / "runs")
    assert ended == 0 and "YOLO" in said and "maskwright convert" in said
