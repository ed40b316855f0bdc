"""Help from a model of one's own, in the window: started, shown, accepted, taken back, rejected."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.pages.annotate.suggestion_list import draw_suggestions
from app.widgets.run_picker import FitNote
from core.annotation.editing.edits import NotLabelledEdit
from core.annotation.suggestions.suggestions import Suggestion, Suggestions, newest, read
from core.dataset.palette import class_color
from core.geometry.masks import crop, to_rle
from core.geometry.segmentation import Polygons
from core.runs import events
from tests.app.pages.annotate.conftest import Hand
from tests.app.pieces import child, make_run, train_job, validation

EMPTY = 14
"""The one image without annotations."""
SUGGEST = """
from core.annotation.suggestions.suggest import chosen_images, suggest
from core.dataset import open_dataset
from core.runs.control import never
from tests.core.annotation.predictor import Finds
job = folder.read_job().job
model = Finds((0, 0.9, (10, 10, 40, 40)), (0, 0.7, (60, 10, 90, 40)), (1, 0.4, (60, 50, 90, 80)))
dataset = open_dataset(Path(job.dataset))
images = chosen_images(dataset, job.images, every=job.all) if job.images or job.all else None
suggest(model, Path(job.model), dataset, job.confidence, say, never, images)
"""
RANK = """
from core.annotation.suggestions.ranking import rank_dataset
from core.dataset import open_dataset
from core.runs.control import never
job = folder.read_job().job
rank_dataset(None, job.model, open_dataset(Path(job.dataset)), say, never)
"""
FAIL = 'say(events.Failed(message="The model is broken.", hint="Train another."))'


@pytest.fixture
def open_with(make_window, settings, dataset_folder, qtbot):
    """Opens the dataset in a window whose children run a script, with one training that has a model."""

    def open_page(body: str) -> Hand:
        make_run(settings.runs_folder, train_job(dataset_folder), validation(1, 0.4), events.Done(), model=True)
        window = make_window(spawn=child(body))
        with qtbot.waitSignal(window.document.opened, timeout=10_000):
            window.document.open(dataset_folder)
        window.show_page("annotate")
        page = window.page
        qtbot.waitUntil(lambda: page.stage.view.picture is not None, timeout=10_000)
        qtbot.waitUntil(lambda: page.suggestions.picker.run is not None, timeout=10_000)
        return Hand(page, qtbot)

    return open_page


@pytest.fixture
def helped(open_with, qtbot):
    """The model has looked, and the image without annotations is in view."""
    hand = open_with(SUGGEST)
    page = hand.page
    page.footer.help.click()
    page.suggestions.start.click()
    qtbot.waitUntil(lambda: page.suggestions.list.suggestions is not None, timeout=20_000)
    hand.turn(EMPTY)
    qtbot.waitUntil(lambda: len(page.suggestions.list.drawn) == 3, timeout=10_000)
    return hand


def test_an_image_that_is_labelled_in_part_waits_for_what_is_found_in_the_rest(open_with, qtbot):
    hand = open_with(SUGGEST)
    page, bar = hand.page, hand.page.suggestions
    here = page.context.image
    region = Polygons([[60.0, 5.0, 95.0, 5.0, 95.0, 45.0, 60.0, 45.0]])
    page.editing.do(NotLabelledEdit(name="Not labelled", image=here, before=None, after=region))
    page.footer.help.click()
    bar.start.click()
    qtbot.waitUntil(lambda: bar.list.suggestions is not None, timeout=20_000)
    assert [item.score for item in bar.list.suggestions.of(here)] == [0.7], "not what is found in the labelled part"
    qtbot.waitUntil(lambda: dashed(hand) == ["nut 0.70"], timeout=10_000)
    hand.turn(EMPTY)
    assert bar.list.elsewhere() == [here]
    hand.turn(here)
    qtbot.waitUntil(lambda: dashed(hand) == ["nut 0.70"], timeout=10_000)
    hand.key(Qt.Key.Key_Return)
    hand.turn(EMPTY)
    assert bar.list.elsewhere() == []
    bar.list.load()  # as in a window that is opened again
    qtbot.waitUntil(lambda: len(bar.list.drawn) == 3, timeout=10_000)
    assert bar.list.elsewhere() == []


def boxes(hand):
    return [annotation.box for annotation in hand.page.context.annotations.values()]


def dashed(hand):
    return [shape.text for shape in hand.page.stage.view.shapes if shape.visible and shape.style == "prediction"]


def test_suggestions_are_dashed_with_scores_above_the_threshold_and_no_annotations(helped):
    bar = helped.page.suggestions
    assert sorted(dashed(helped)) == ["nut 0.70", "nut 0.90"]
    assert boxes(helped) == []
    assert helped.page.editing.draft.unsaved == 0
    bar.slider.setValue(80)
    assert dashed(helped) == ["nut 0.90"]
    assert bar.accept.text() == "Accept all ≥ 0.80"
    bar.slider.setValue(20)
    assert len(dashed(helped)) == 3
    assert bar.summary.text().startswith("3 suggestions · from 2")


def test_what_the_job_warned_of_is_said_in_the_window(open_with, qtbot):
    hand = open_with("say(events.Warning(message='In 1 of 1 image …', hint='More.', matters=True))\nsay(events.Done())")
    said = []
    hand.page.status_message.connect(said.append)
    hand.page.footer.help.click()
    hand.page.suggestions.start.click()
    qtbot.waitUntil(lambda: "In 1 of 1 image … More." in said, timeout=10_000)


def test_enter_accepts_what_is_under_the_mouse_and_undo_offers_it_again(helped, qtbot):
    QTest.mouseMove(helped.view, helped.at(75, 25))
    helped.key(Qt.Key.Key_Return)
    assert boxes(helped) == [(60, 10, 30, 30)]
    qtbot.waitUntil(lambda: dashed(helped) == ["nut 0.90"], timeout=5000)
    helped.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert boxes(helped) == []
    qtbot.waitUntil(lambda: len(dashed(helped)) == 2, timeout=5000)


def test_all_that_are_shown_are_accepted_in_one_step_and_the_class_comes_along(helped):
    page = helped.page
    page.suggestions.slider.setValue(30)
    page.suggestions.accept.click()
    assert len(boxes(helped)) == 3
    assert [category.name for category in page.editing.draft.categories] == ["nut", "bolt", "washer"]
    assert not page.suggestions.accept.isEnabled()
    page.editing.undo()
    assert boxes(helped) == []
    assert [category.name for category in page.editing.draft.categories] == ["nut", "bolt"]


def test_manual_work_is_not_offered_a_second_time(helped, qtbot):
    helped.box(10, 10, 40, 40)
    qtbot.waitUntil(lambda: dashed(helped) == ["nut 0.70"], timeout=5000)
    assert len(boxes(helped)) == 1


def left(hand):
    """The classes of what is on disk for the image."""
    dataset = hand.page.editing.draft.dataset
    return [item.category for item in read(newest(dataset), dataset).of(EMPTY)]


def test_rejected_ones_do_not_come_back(helped, qtbot):
    page = helped.page
    QTest.mouseMove(helped.view, helped.at(25, 25))
    helped.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert dashed(helped) == ["nut 0.70"]
    page.suggestions.reject.click()
    assert dashed(helped) == []
    qtbot.waitUntil(lambda: left(helped) == ["washer"], timeout=5000)
    assert boxes(helped) == []


def test_undo_offers_again_what_was_rejected_and_goes_there(helped, qtbot):
    page = helped.page
    page.suggestions.reject.click()
    helped.turn(0)
    helped.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: sorted(dashed(helped)) == ["nut 0.70", "nut 0.90"], timeout=5000)
    assert page.context.image == EMPTY
    qtbot.waitUntil(lambda: left(helped) == ["nut", "nut", "washer"], timeout=5000)
    page.editing.redo()
    assert dashed(helped) == []
    qtbot.waitUntil(lambda: left(helped) == ["washer"], timeout=5000)
    assert page.editing.draft.unsaved == 0


def test_who_wants_no_help_sees_none_and_accepts_nothing_unseen(helped):
    page = helped.page
    page.footer.help.click()
    assert not page.suggestions.isVisible() and dashed(helped) == []
    QTest.mouseMove(helped.view, helped.at(75, 25))
    helped.key(Qt.Key.Key_Return)
    helped.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert boxes(helped) == []
    page.footer.help.click()
    assert len(dashed(helped)) == 2
    helped.key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(boxes(helped)) == 2


def test_on_all_images_at_once(helped, qtbot):
    helped.turn(0)
    page = helped.page
    there = boxes(helped)
    assert "more for 1 other image" in page.suggestions.summary.text()
    page.suggestions.everywhere.click()
    qtbot.waitUntil(lambda: not page.suggestions.list.accepting, timeout=5000)
    assert page.context.image == 0, "the picture in view stays"
    assert boxes(helped) == there
    assert page.editing.draft.instance_count(EMPTY) == 2
    page.editing.undo()
    assert page.editing.draft.instance_count(EMPTY) == 0


def test_many_on_all_images_are_one_step_of_undo_though_done_in_parts(helped, qtbot, monkeypatch):
    monkeypatch.setattr("core.annotation.suggestions.accepting._TOGETHER", 1)
    page, offers = helped.page, helped.page.suggestions.list
    offers.suggestions = offers.suggestions.having(0, offers.suggestions.of(EMPTY))
    before = [page.editing.draft.instance_count(index) for index in range(15)]
    page.suggestions.everywhere.click()
    qtbot.waitUntil(lambda: not offers.accepting, timeout=5000)
    assert page.editing.draft.instance_count(EMPTY) == 2
    assert page.editing.draft.instance_count(0) > before[0]
    assert page.editing.history.count() == 1
    page.editing.undo()
    assert [page.editing.draft.instance_count(index) for index in range(15)] == before


def test_the_image_in_view_alone_is_looked_at_though_it_is_labelled(open_with, qtbot):
    hand = open_with(SUGGEST)
    bar = hand.page.suggestions
    hand.page.footer.help.click()
    there = boxes(hand)
    bar.here.click()
    qtbot.waitUntil(lambda: bar.list.suggestions is not None, timeout=20_000)
    assert list(bar.list.suggestions.images) == [hand.page.context.image]
    qtbot.waitUntil(lambda: bar.list.drawn != (), timeout=5000)
    assert boxes(hand) == there


def test_a_failed_job_says_why(open_with, qtbot):
    hand = open_with(FAIL)
    bar = hand.page.suggestions
    hand.page.footer.help.click()
    bar.start.click()
    qtbot.waitUntil(lambda: "The model is broken." in bar.summary.text(), timeout=20_000)
    assert bar.start.isEnabled()


def test_without_a_model_the_bar_says_what_to_do(hand, qtbot):
    bar = hand.page.suggestions
    assert not bar.isVisible()
    hand.page.footer.help.click()
    assert bar.isVisible() and hand.page.footer.help.isChecked()
    qtbot.waitUntil(lambda: "Train a model first" in bar.summary.text(), timeout=5000)
    assert not bar.start.isEnabled()


def test_the_note_on_another_datasets_model_follows_the_classes(make_window, settings, classless, tmp_path, qtbot):
    said = validation(1, 0.4), events.Done()
    make_run(settings.runs_folder, train_job(tmp_path / "elsewhere"), *said, model=True)
    window = make_window()
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(classless)
    window.show_page("annotate")
    page = window.page
    page.footer.help.click()
    qtbot.waitUntil(lambda: page.suggestions.picker.count() == 1, timeout=5000)
    QTest.keyClick(page.suggestions.picker, Qt.Key.Key_Down)
    note = page.suggestions.findChild(FitNote)
    assert note.isVisible() and "None of its classes is in this dataset" in note.text()
    page.classes.add("nut")
    assert "Classes that fit: nut. It also finds bolt." in note.text()
    page.editing.undo()
    assert "None of its classes is in this dataset" in note.text()


def test_useful_images_come_first_and_the_reason_is_said(open_with, qtbot):
    hand = open_with(RANK)
    page = hand.page
    page.footer.help.click()
    said = []
    page.status_message.connect(said.append)
    with qtbot.waitSignal(page.stage.shown, timeout=20_000):
        page.suggestions.order.click()
    assert page.context.image == EMPTY, "the only one that nobody has labelled"
    assert page.footer.film.count() == 1
    assert page.footer.filter.currentText() == "Useful first · 1"
    assert any(words in ("Unlike the images before it", "Similar to what is labelled") for words in said)
    page.footer.filter.setCurrentIndex(0)
    assert page.footer.film.count() == 15


def count(hand):
    """Instances, not counting what is only in hand."""
    return hand.page.editing.draft.instance_count(EMPTY)


def test_a_click_takes_a_suggestion_up_and_leaving_it_alone_changes_nothing(helped, qtbot):
    page = helped.page
    page.tools.choose("select")
    helped.click((75, 25))
    assert len(page.context.adopted) == 1 and page.context.order
    assert dashed(helped) == ["nut 0.90"] and page.instances.list.model().rowCount() == 1
    assert count(helped) == 0 and page.editing.draft.unsaved == 0
    helped.key(Qt.Key.Key_Escape)
    assert not page.context.adopted and sorted(dashed(helped)) == ["nut 0.70", "nut 0.90"]
    assert page.editing.history.count() == 0


def test_the_first_change_accepts_it_in_the_same_step_of_undo(helped, qtbot):
    page = helped.page
    page.tools.choose("select")
    helped.click((75, 25))
    helped.drag((75, 25), (80, 45), (85, 65))
    assert boxes(helped) == [(70, 50, 30, 30)] and count(helped) == 1
    assert page.editing.history.count() == 1 and page.editing.history.undoText() == "Move"
    assert dashed(helped) == ["nut 0.90"], "it is not offered where it was a second time"
    offers = page.suggestions.list
    qtbot.waitUntil(lambda: all(offer.suggestion.score != 0.7 for offer in offers.drawn), timeout=5000)
    assert dashed(helped) == ["nut 0.90"]
    page.editing.undo()
    assert count(helped) == 0 and not page.context.adopted
    qtbot.waitUntil(lambda: len(dashed(helped)) == 2, timeout=5000)
    page.editing.redo()
    assert boxes(helped) == [(70, 50, 30, 30)]


def test_any_tool_may_be_used_on_a_suggestion(helped, qtbot):
    page = helped.page
    page.tools.choose("eraser")
    page.tools.current.set_option("size", 20.0)
    helped.drag((62, 12), (75, 10), (90, 10))  # begins on it, however large the view is
    assert count(helped) == 1 and page.editing.history.count() == 1
    assert boxes(helped)[0][3] < 30, "the upper edge is gone"
    page.tools.choose("cut")
    page.context.select(())
    helped.drag((25, 5), (25, 25), (25, 45))
    assert count(helped) == 3 and page.editing.history.count() == 2


def test_what_is_in_hand_gets_a_class_by_its_key(helped):
    page = helped.page
    page.tools.choose("select")
    helped.click((75, 25))
    helped.key(Qt.Key.Key_2)
    assert [annotation.category for annotation in page.context.annotations.values()] == [2]
    assert count(helped) == 1


def test_what_is_in_hand_is_accepted_by_enter_and_rejected_by_delete(helped, qtbot):
    page = helped.page
    page.tools.choose("select")
    helped.click((75, 25))
    helped.key(Qt.Key.Key_Delete)
    assert count(helped) == 0 and not page.context.order
    qtbot.waitUntil(lambda: left(helped) == ["nut", "washer"], timeout=5000)
    helped.click((25, 25))
    helped.key(Qt.Key.Key_Return)
    assert count(helped) == 1 and not page.context.adopted and page.context.order
    page.editing.undo()
    page.editing.undo()
    qtbot.waitUntil(lambda: len(dashed(helped)) == 2, timeout=5000)


def test_a_class_that_is_not_there_yet_comes_with_what_is_taken_up(helped):
    page = helped.page
    page.suggestions.slider.setValue(20)
    page.tools.choose("select")
    helped.click((75, 65))
    assert [category.name for category in page.editing.draft.categories] == ["nut", "bolt", "washer"]
    helped.key(Qt.Key.Key_Right)
    assert boxes(helped) == [(61, 50, 30, 30)]


def test_what_is_in_hand_is_merged_into_an_instance_and_comes_back_with_undo(helped, qtbot):
    page = helped.page
    helped.box(62, 42, 88, 48)
    page.tools.choose("select")
    helped.click((75, 25))
    page.context.select(page.context.annotations)
    helped.key(Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert boxes(helped) == [(60, 10, 30, 38)] and not page.context.adopted and dashed(helped) == ["nut 0.90"]
    page.editing.undo()
    assert boxes(helped) == [(62, 42, 26, 6)] and not page.context.adopted
    qtbot.waitUntil(lambda: len(dashed(helped)) == 2, timeout=5000)


def test_classes_that_the_dataset_lacks_are_told_apart_and_look_the_same_on_every_image():
    def suggested(name: str, left: int) -> Suggestion:
        found = crop(np.pad(np.ones((10, 10), np.uint8), ((5, 65), (left, 90 - left))))
        return Suggestion(name, 0.9, to_rle(found), found.box)

    first = (suggested("bolt", 5), suggested("nut", 30), suggested("gear", 60))
    there = Suggestions(Path("s.json"), "model", 0.0, 0.3, {0: first, 1: first[1:]})
    looks = {7: (class_color(0), "bolt")}
    colors = [
        {offer.suggestion.category: offer.shape.color.getRgb()[:3] for offer in made}
        for _, made in (draw_suggestions(image, there.of(image), {}, (80, 100), looks, there.names) for image in (0, 1))
    ]
    assert colors[0] == {"bolt": class_color(0), "gear": class_color(1), "nut": class_color(2)}
    assert colors[1] == {"gear": class_color(1), "nut": class_color(2)}


def test_what_was_accepted_on_other_images_is_counted_and_can_be_taken_back_where_it_is_said(helped, qtbot):
    helped.turn(0)
    page = helped.page
    page.suggestions.everywhere.click()
    qtbot.waitUntil(lambda: not page.suggestions.list.accepting, timeout=5000)
    banner = page.notices.bulk
    assert banner.isVisible()
    assert banner.accessibleName() == "Accept suggestions on all images: 2 instances on 1 image."
    page.notices.undo_bulk.click()
    assert page.editing.draft.instance_count(EMPTY) == 0 and not banner.isVisible()
    page.editing.redo()
    assert page.editing.draft.instance_count(EMPTY) == 2 and not banner.isVisible()


def test_many_images_are_counted_together_though_accepted_in_parts(helped, qtbot, monkeypatch):
    monkeypatch.setattr("core.annotation.suggestions.accepting._TOGETHER", 1)
    page, offers = helped.page, helped.page.suggestions.list
    offers.suggestions = offers.suggestions.having(0, offers.suggestions.of(EMPTY))
    page.suggestions.everywhere.click()
    qtbot.waitUntil(lambda: not offers.accepting, timeout=5000)
    assert page.notices.bulk.accessibleName().endswith("instances on 2 images.")
    page.notices.dismiss_bulk.click()
    assert not page.notices.bulk.isVisible() and page.window().focusWidget() is helped.view
    helped.box(20, 60, 50, 80)
    assert not page.notices.bulk.isVisible()
