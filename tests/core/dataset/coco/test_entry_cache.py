"""A large file that did not change is opened from what was known of it, and only then."""

import json
import os
import random

import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.coco import coco_file, entry_cache
from core.errors import UserError
from core.images import disk_cache

SEPARATORS = {"COCO's": (", ", ": "), "compact": (",", ":"), "airy": (" ,\n\t", " : ")}


def content(instances=40):
    return {
        "info": {"description": 'it says "annotations": [ {'},
        "images": [{"id": 3 * n, "file_name": f"{n} é.jpg", "width": 64, "height": 48} for n in range(12)],
        "categories": [{"id": 2, "name": "b"}, {"id": 1, "name": "a", "color": "#102030"}],
        "annotations": [
            {
                "id": 100 - n,
                "image_id": 3 * (n % 13),  # the last one does not exist
                "category_id": 1 + n % 2,
                "segmentation": [[n, 0, n + 9, 0, n + 9, 9, n, 9]],
                "bbox": [n, 0, 9, 9],
                "area": 81,
                "iscrowd": 0,
            }
            for n in range(instances)
        ],
    }


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(entry_cache, "SMALLEST", 0)
    path = tmp_path / "data" / "train.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content()))
    return path


def everything(dataset):
    """All that a person, a training or a save sees of a dataset."""
    table = dataset.annotations
    return (
        dataset.images,
        dataset.categories,
        dataset.splits,
        [dataset.instances(image) for image in dataset.images],
        [dataset.entries(image) for image in dataset.images],
        dataset.problems,
        [(file.path, file.data, file.digest_on_disk(), file.info, file.keyed, file.remarks) for file in dataset.files],
        [list(map(bytes, section)) for file in dataset.files for section in (file.images, file.annotations)],
        [column.tolist() for column in (table.order, table.labels, table.starts, table.numbering.numbers)],
        table.numbering.largest,
        table.lost_categories,
    )


def kept():
    (entry,) = disk_cache.folder("entries").iterdir()
    return entry


def forbid_decoding(monkeypatch):
    def decode(path, data):
        raise AssertionError(f"{path} is decoded once more")

    monkeypatch.setattr(coco_file, "_decoded", decode)


@pytest.mark.parametrize("separators", SEPARATORS.values(), ids=SEPARATORS)
def test_a_second_opening_gives_the_same_without_decoding_the_file(file, monkeypatch, separators):
    file.write_text(json.dumps(content(), separators=separators, ensure_ascii=False), encoding="utf-8")
    first = everything(open_dataset(file))
    assert len(first[3][1]) > 2 and any("does not exist" in problem.message for problem in first[5])
    forbid_decoding(monkeypatch)
    assert everything(open_dataset(file)) == first


def test_a_file_written_by_several_hands_is_known_as_well(file, monkeypatch):
    entries = [json.dumps(entry) for entry in content()["annotations"]]
    text = "".join(entry + (",", " , ", ",\n\n")[place % 3] for place, entry in enumerate(entries)).rstrip(" ,\n")
    whole = json.dumps(content() | {"annotations": []}).replace('"annotations": []', f'"annotations": [ {text}\n]')
    file.write_text(whole)
    first = everything(open_dataset(file))
    assert [json.loads(entry) for entry in first[7][1]] == content()["annotations"]
    forbid_decoding(monkeypatch)
    assert everything(open_dataset(file)) == first


def test_another_content_of_the_same_size_and_time_is_read(file):
    open_dataset(file)
    state = file.stat()
    other = content()
    other["annotations"][17]["bbox"] = [17, 0, 9, 8]
    file.write_text(json.dumps(other))
    os.utime(file, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert file.stat().st_size == state.st_size
    dataset = open_dataset(file)
    assert dataset.files[0].data == file.read_bytes()
    assert dataset.files[0].digest_on_disk() == coco_file.digest(file.read_bytes())


def test_a_file_that_was_saved_again_leaves_one_entry(file):
    for instances in (10, 20, 30):
        file.write_text(json.dumps(content(instances)))
        assert len(open_dataset(file).files[0].annotations) == instances
    assert kept()


def test_what_is_odd_about_a_file_is_said_each_time(file):
    entries = content()
    entries["annotations"][3]["image_id"] = "9"
    file.write_text(json.dumps(entries).replace('"area": 81', '"area": NaN', 1))
    first = everything(open_dataset(file))
    assert "NaN" in str(first[5]) and "written otherwise" in str(first[5])
    assert everything(open_dataset(file)) == first


def test_a_cache_that_is_damaged_or_gone_changes_nothing(file):
    first = everything(open_dataset(file))
    whole, chance = kept().read_bytes(), random.Random(0)
    for attempt in range(300):
        data = bytearray(whole)
        if attempt % 3 == 0:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        elif attempt % 3 == 1:
            del data[chance.randrange(len(data)) :]
        else:
            start = chance.randrange(len(data))
            data[start : start + chance.randrange(200)] = chance.randbytes(chance.randrange(200))
        kept().write_bytes(data)
        assert everything(open_dataset(file)) == first, attempt
        kept().write_bytes(whole)
    kept().unlink()
    assert everything(open_dataset(file)) == first
    place = kept()
    place.unlink()
    place.mkdir()  # nothing can be written there
    assert everything(open_dataset(file)) == first


def test_offsets_that_were_made_up_are_no_crash(file):
    """The checksum is right, so that everything behind it is looked at."""
    open_dataset(file)
    whole, chance = kept().read_bytes()[16:], random.Random(0)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        kept().write_bytes(entry_cache.checksum(bytes(data)) + data)
        try:
            dataset = open_dataset(file)
        except UserError:
            continue
        everything(dataset)


def test_every_byte_counts_for_the_fingerprint():
    data = np.random.default_rng(0).integers(0, 255, 3 * 8 * 8191 + 13, np.uint8)
    known = {entry_cache.fingerprint(data.tobytes())}
    places = [0, 7, 8, 8 * 8191, len(data) - 14, len(data) - 13, len(data) - 1, *range(100, len(data), 4999)]
    for number, place in enumerate(places, 2):
        changed = data.copy()
        changed[place] ^= 1
        known.add(entry_cache.fingerprint(changed.tobytes()))
        assert len(known) == number, place
    assert entry_cache.fingerprint(b"") != entry_cache.fingerprint(b"\0")
