"""Files whose ids are no small numbers are edited in the window like any other."""

import json
import uuid

import pytest
from PySide6.QtCore import Qt

from tests.app.document.test_autosave import reopen, undo

__all__ = ["reopen"]


@pytest.mark.parametrize("other", [lambda id: str(uuid.UUID(int=id * 10**30)), lambda id: id + 1668163939123456789])
def test_ids_of_any_kind_stay_through_edits_a_restart_and_undo(dataset_folder, annotate, reopen, other):
    file = dataset_folder / "annotations/instances_train.json"
    content = json.loads(file.read_text())
    for entry in content["annotations"]:
        entry |= {"id": other(entry["id"]), "image_id": other(entry["image_id"])}
    for entry in content["images"]:
        entry["id"] = other(entry["id"])
    file.write_text(json.dumps(content))
    old = content["annotations"]

    hand = annotate(dataset_folder)
    hand.box(60, 20, 80, 40)
    hand.turn(1)
    hand.page.tools.choose("select")
    hand.click((15, 15))
    hand.key(Qt.Key.Key_2)
    hand.saved()
    saved = json.loads(file.read_text())["annotations"]
    assert [entry["id"] for entry in saved[:-1]] == [entry["id"] for entry in old]
    assert type(saved[-1]["id"]) is type(old[0]["id"]) and saved[-1]["image_id"] == old[0]["image_id"]
    changed = [place for place, entry in enumerate(old) if saved[place] != entry]
    assert len(changed) == 1 and saved[changed[0]] == old[changed[0]] | {"category_id": 2}

    hand = reopen(dataset_folder)
    undo(hand)
    undo(hand)
    hand.saved()
    assert json.loads(file.read_text())["annotations"] == old
