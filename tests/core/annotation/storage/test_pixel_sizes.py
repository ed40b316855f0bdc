"""How large pixels are is an edit: saved with its image, taken back, and done again after a crash."""

import json

import pytest

from core.annotation.editing.edits import inverse
from core.annotation.editing.scale import rescaled
from core.images.pixel_size import PixelSize
from tests.core.annotation.edits import scale
from tests.core.annotation.sessions import saved, session

pytestmark = pytest.mark.usefixtures("home")

HALF, TWO = PixelSize(0.5, "µm"), PixelSize(2.0, "nm")


def stated(file):
    return [entry.get("pixel_size") for entry in json.loads(file.read_text())["images"]]


def test_of_all_images_it_is_one_step_and_another_session_takes_it_back(file, folder):
    with session(folder) as opened:
        opened.draft.apply(scale(opened.draft, 1, TWO))
        opened.draft.apply(rescaled("Scale", opened.draft, range(2), HALF))
        saved(opened.draft, opened.journal)
        assert stated(file) == [{"value": 0.5, "unit": "µm"}] * 2
    with session(folder) as opened:
        assert opened.recovered is None and opened.history.done == 2
        opened.draft.apply(inverse(opened.history.steps[1]), "undo")
        saved(opened.draft, opened.journal)
        assert stated(file) == [None, {"value": 2.0, "unit": "nm"}]


def test_after_a_crash_it_is_done_again_and_so_is_taking_it_away(file, folder):
    with session(folder) as opened:
        opened.draft.apply(rescaled("Scale", opened.draft, range(2), HALF))
    with session(folder) as opened:
        assert opened.recovered.edits == 1 and opened.recovered.images == {0, 1}
        assert [*map(opened.draft.pixel_size, range(2))] == [HALF, HALF]
        saved(opened.draft, opened.journal)
        opened.draft.apply(rescaled("Scale", opened.draft, range(1), None, HALF))
    with session(folder) as opened:
        assert [*map(opened.draft.pixel_size, range(2))] == [None, HALF]
        assert rescaled("Scale", opened.draft, range(1), None) is None, "nothing would change"
        saved(opened.draft, opened.journal)
    assert stated(file) == [None, {"value": 0.5, "unit": "µm"}]


def test_an_older_file_that_is_put_back_gets_it_again(file, folder):
    before = file.read_bytes()
    with session(folder) as opened:
        opened.draft.apply(scale(opened.draft, 0, HALF))
        saved(opened.draft, opened.journal)
    file.write_bytes(before)
    with session(folder) as opened:
        assert opened.draft.pixel_size(0) == HALF


def test_of_a_file_that_somebody_else_changed_it_is_still_done_and_brought_back(file, folder):
    with session(folder) as opened:
        opened.draft.apply(scale(opened.draft, 0, HALF))
        saved(opened.draft, opened.journal)
        opened.draft.apply(scale(opened.draft, 1, TWO))
    content = json.loads(file.read_text())
    del content["images"][0]["pixel_size"]
    file.write_text(json.dumps(content, indent=1))
    with session(folder) as opened:
        assert opened.draft.pixel_size(1) == TWO and opened.draft.pixel_size(0) is None
        opened.draft.apply(opened.recovered.bring_back(opened.draft))
        assert opened.draft.pixel_size(0) == HALF


def test_an_edit_that_does_not_fit_is_refused(file, folder):
    with session(folder) as opened:
        good = scale(opened.draft, 0, HALF)
        opened.draft.apply(good)
        with pytest.raises(ValueError):
            opened.draft.apply(good)
        assert opened.draft.unsaved == 1
