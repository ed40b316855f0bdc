"""Setting a training up: schedule, beginning, settings that matter or do not, samples, estimate, expected times."""

import json
import shlex

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from app.document.document import Document
from app.pages.train.new_training import NewTraining
from app.pages.train.setting_editor import value_text
from core.errors import UserError
from core.jobs import ProbeJob, TrainJob
from core.recipes.catalogue import catalogue, with_schedule
from core.recipes.fields import fields
from core.runs import events
from tests.app.pieces import UNTIL_ASKED, make_run, plan, train_job, unfold, validation

PROBE = """
say(events.Progress(done=3, total=20, unit="steps"))
while not (folder.path / "go").exists():
    if folder.asked():
        say(events.Cancelled())
        sys.exit()
    time.sleep(0.02)
say(events.Estimate(seconds_per_step=1.5, seconds_per_epoch=12, seconds=1200, memory_mb=1536, memory_total_mb=8192,
                    batch_size=2, small_objects=0.3, input_size=1024,
                    advice=["A batch of 4 does not fit: use 2.", "Small objects."]))
say(events.Done())
"""


def epoch(number, seconds):
    return events.Epoch(epoch=number, losses={}, seconds=seconds)


def choose_schedule(page, name):
    box = page.setup.schedule.box
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def choose_source(page, name):
    page.setup.origin.source.setCurrentIndex(page.setup.origin.source.findData(name))


def test_each_recipe_has_a_card_that_names_its_schedule_and_no_time_nobody_measured(open_train):
    page = open_train()
    cards = page.setup.cards.cards
    assert set(cards) == {recipe.name for recipe in catalogue()} and len(cards) >= 2
    for card in cards.values():
        assert card.time.text() == ""


def test_a_card_tells_what_earlier_trainings_took(open_train, settings, dataset_folder, qtbot):
    job = train_job(dataset_folder)
    make_run(settings.runs_folder, job, plan(), epoch(1, 36))
    page = open_train()
    card, other = (page.setup.cards.cards[name] for name in ("rtmdet_inst_tiny", "maskrcnn_resnet50"))
    qtbot.waitUntil(lambda: card.time.text() != "", timeout=5000)
    assert card.time.text().startswith("roughly"), "it was trained on other images"
    assert other.time.text() == ""
    before = card.time.text()
    page.setup.form.cells["epochs"].editor.set_value(1)
    assert card.time.text() != before, "the card of the chosen recipe follows the form"


def test_choosing_a_schedule_fills_the_form_and_the_command_carries_it(open_train):
    page = open_train()
    recipe = page.setup.cards.recipe
    other = next(iter(recipe.alternatives))
    page.setup.form.cells["epochs"].editor.set_value(7)
    choose_schedule(page, other)
    assert page.setup.recipe().schedule == other
    expected = with_schedule(recipe, other).settings
    assert page.setup.form.values() | {"epochs": expected.epochs} == {
        name: getattr(expected, name) for name in page.setup.form.values()
    }
    assert page.setup.form.changes() == {"epochs": 7}, "what the person changed stays"
    page.setup.copy.click()
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[words.index("--schedule") + 1] == other
    choose_schedule(page, recipe.schedule)
    page.setup.copy.click()
    assert "--schedule" not in QGuiApplication.clipboard().text()


def test_the_default_schedule_is_marked_and_says_why(open_train):
    page = open_train()
    schedule = page.setup.schedule
    marked = [
        schedule.box.itemText(row) for row in range(schedule.box.count()) if "default" in schedule.box.itemText(row)
    ]
    assert len(marked) == 1 and schedule.box.count() == 2
    assert page.setup.cards.recipe.why_schedule in schedule.about.text()


def test_settings_that_do_not_matter_are_greyed_out_with_the_reason(open_train, qtbot):
    page = open_train()
    unfold(page, qtbot)
    cells = page.setup.form.cells
    dependent = [field for field in fields() if field.needs]
    assert dependent
    for field in dependent:
        name, choices = field.needs
        cell, master = cells[field.name], cells[name]
        master.show_value(next(choice for choice in master.field.choices if choice not in choices))
        assert not cell.editor.isEnabled() and cell.help.text().startswith(f"Only with “{master.field.title}”")
        master.show_value(choices[0])
        assert cell.editor.isEnabled() and cell.help.text() == field.help


def test_the_form_is_as_one_left_it_after_a_restart_for_each_recipe(open_train, settings, qtbot):
    page = open_train()
    setup = page.setup
    default, other = setup.cards.recipe, setup.cards.cards["maskrcnn_resnet50"].recipe
    setup.form.set_value("epochs", 7)
    setup.form.set_value("learning_rate", 0.0025)
    setup.cards.choose(other)
    choose_schedule(page, next(iter(other.alternatives)))
    setup.form.set_value("epochs", 9)

    again = NewTraining(Document(), page.jobs, settings)
    qtbot.addWidget(again)
    assert again.cards.recipe == other and again.recipe().schedule == next(iter(other.alternatives))
    assert again.form.changes() == {"epochs": 9}
    again.cards.choose(default)
    assert again.form.changes() == {"epochs": 7, "learning_rate": 0.0025}
    assert again.recipe().schedule == default.schedule


@pytest.mark.parametrize("kept", ["{", "[]", '{"changes": 3}', '{"changes": {"epochs": -4, "gone": 1}, "schedule": 8}'])
def test_what_another_version_remembered_of_the_form_does_no_harm(open_train, settings, kept):
    settings.write("train/recipe", "no such recipe")
    settings.write("train/form/rtmdet_inst_tiny", kept)
    setup = open_train().setup
    assert setup.recipe() == setup.cards.recipe and setup.form.changes() == {}


def test_a_model_of_mine_says_which_classes_continue_and_which_are_new(open_train, settings, dataset_folder, qtbot):
    folder = make_run(settings.runs_folder, train_job(dataset_folder), validation(1, 0.412), events.Done(), model=True)
    folder.model.write_bytes(folder.model.read_bytes().replace(b'"bolt"', b'"washer"'))
    make_run(settings.runs_folder, train_job(dataset_folder), events.Done())  # has no model
    page = open_train()
    origin = page.setup.origin
    assert page.setup.job().weights is None
    qtbot.waitUntil(lambda: origin.models.count() == 1, timeout=5000)
    choose_source(page, "mine")
    assert origin.models.isVisible() and "0.412" in origin.models.currentText()
    assert origin.about.text() == "Continues: nut. New: bolt. Not in this dataset, left out: washer."
    assert page.setup.job().weights == str(folder.path)
    page.setup.cards.choose(page.setup.cards.cards["maskrcnn_resnet50"].recipe)
    assert "no model of this recipe" in page.setup.obstacle()
    choose_source(page, "public")
    assert page.setup.obstacle() == ""


def test_a_file_to_start_from_has_to_be_chosen(open_train, tmp_path, monkeypatch):
    page = open_train()
    choose_source(page, "file")
    assert not page.setup.start.isEnabled() and "file" in page.setup.obstacle()
    chosen = tmp_path / "weights.pth"
    monkeypatch.setattr("app.pages.train.initial_weights.QFileDialog.getOpenFileName", lambda *_: (str(chosen), ""))
    page.setup.origin.choose.click()
    assert page.setup.start.isEnabled() and page.setup.job().weights == str(chosen)


def test_a_training_like_an_earlier_one_has_its_schedule_and_its_beginning(open_train, dataset_folder):
    page = open_train()
    recipe = page.setup.cards.recipe
    job = TrainJob(
        recipe=with_schedule(recipe, next(iter(recipe.alternatives))), dataset=str(dataset_folder), weights="/a/b.pth"
    )
    page.setup.repeat(job)
    assert page.setup.job() == job


def test_the_keyboard_goes_through_the_form_before_the_bar(open_train, qtbot):
    page = open_train()
    unfold(page, qtbot)
    setup, seen = page.setup, []
    setup.cards.cards[setup.cards.recipe.name].setFocus()
    for _ in range(120):
        seen.append(page.window().focusWidget())
        if seen[-1] is setup.start:
            break
        page.window().focusNextChild()
    cells = list(setup.form.cells.values())
    order = [setup.schedule.box, setup.origin.source, cells[0].editor, cells[-1].editor, setup.copy, setup.start]
    places = [seen.index(part) for part in order]
    assert places == sorted(places)


def test_the_start_button_stays_in_view_in_a_window_of_a_small_screen_at_twice_the_scale(open_train, qtbot):
    page = open_train(PROBE)
    setup, window = page.setup, page.window()

    def in_view(widget) -> bool:
        return widget.visibleRegion().boundingRect() == widget.rect()

    window.resize(1366, 700)
    qtbot.waitUntil(lambda: setup.copy.text() == "Copy as command", timeout=5000)
    window.resize(683, 350)
    qtbot.waitUntil(lambda: in_view(setup.start) and setup.bar.summary.width() > 200, timeout=5000)
    assert setup.start.text() == "Start training"
    assert setup.copy.text() == "" and setup.copy.accessibleName() == "Copy as command"
    setup.copy.click()
    assert setup.copy.text() == ""
    setup.form.rest.button.click()
    setup.estimate.click()
    qtbot.waitUntil(lambda: setup.panel.isVisible() and in_view(setup.start), timeout=5000)
    (setup.panel.run.folder.path / "go").touch()
    qtbot.waitUntil(lambda: bool(setup.panel.suggested) and in_view(setup.start), timeout=10_000)


def test_starting_from_scratch_is_said(open_train):
    page = open_train()
    page.setup.form.set_value("pretrained", False)
    assert page.setup.origin.about.text().startswith("From scratch")


# Samples


@pytest.fixture
def asked(monkeypatch) -> list:
    """What the samples were asked for; they are made of one color."""
    made = []

    def augmented_samples(dataset, images, recipe, count=6, seed=0):
        made.append((recipe.settings, seed))
        return [np.full((64, 64, 3), 90, np.uint8)] * count

    monkeypatch.setattr("core.training.data.preview.augmented_samples", augmented_samples)
    return made


def test_every_choice_of_a_setting_has_words():
    choices = {choice for field in fields() for choice in field.choices}
    assert {choice: value_text(choice) for choice in choices if "_" in value_text(choice)} == {}


def test_samples_follow_the_augmentation_settings(open_train, asked, qtbot):
    page = open_train()
    assert not asked, "nobody sees them yet"
    unfold(page, qtbot)
    strip = page.setup.augmented
    qtbot.waitUntil(lambda: len(strip.strip.pictures) == 6, timeout=5000)
    for value in (10, 20, 45):
        page.setup.form.cells["rotation"].editor.set_value(value)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=5000)
    assert asked[-1][0].rotation == 45, "once, when the person has finished"
    strip.again.click()
    qtbot.waitUntil(lambda: len(asked) == 3, timeout=5000)
    assert asked[-1][1] != asked[-2][1] and asked[-1][0] == asked[-2][0]


def test_one_augmentation_can_be_looked_at_alone(open_train, asked, qtbot):
    page = open_train()
    unfold(page, qtbot)
    strip = page.setup.augmented
    page.setup.form.cells["flip"].editor.set_value(0.5)
    row = next(row for row in range(strip.option.count()) if strip.option.itemText(row) == "Only “Shear”")
    strip.option.setCurrentIndex(row)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1][0].shear == 45, timeout=5000)
    assert asked[-1][0].flip == 0 and "off in these settings" in strip.caption.text()


def test_samples_that_cannot_be_made_say_why(open_train, monkeypatch, qtbot):
    def fail(*_, **__):
        raise UserError("train_01.png cannot be read", "is it a picture?")

    monkeypatch.setattr("core.training.data.preview.augmented_samples", fail)
    page = open_train()
    unfold(page, qtbot)
    message = page.setup.augmented.message
    qtbot.waitUntil(lambda: "rain_01.png cannot be read" in message.text(), timeout=5000)
    assert message.isVisible()


def test_real_samples_are_drawn(open_train, qtbot):
    page = open_train()
    unfold(page, qtbot)
    strip = page.setup.augmented.strip
    qtbot.waitUntil(lambda: len(strip.pictures) == 6, timeout=20_000)
    assert strip.pictures[0].image.width() == page.setup.recipe().settings.input_size


# The estimate


def test_an_estimate_is_a_job_that_proposes_settings(open_train, qtbot):
    page = open_train(PROBE)
    setup, panel = page.setup, page.setup.panel
    assert panel.isHidden()
    setup.estimate.click()
    run = panel.run
    assert isinstance(run.job, ProbeJob) and run.job.train == setup.job()
    qtbot.waitUntil(lambda: run.history.progress is not None, timeout=10_000)
    assert panel.isVisible() and not setup.estimate.isEnabled()
    assert "Estimate for" in page.window().title_bar.ring.toolTip()
    (run.folder.path / "go").touch()
    qtbot.waitUntil(lambda: not panel.at_work, timeout=10_000)
    assert panel.epoch.accessibleName() == "An epoch: 12 s 1.5 s a step"
    assert panel.memory.accessibleName() == "Memory: 1.5 GB of 8.0 GB"
    panel.suggested["batch_size"].click()
    assert setup.form.values()["batch_size"] == 2 and "batch_size" not in panel.suggested
    panel.suggested["input_size"].click()
    assert setup.form.values()["input_size"] == 1024 and "input_size" not in panel.suggested
    panel.suggested["tiling"].click()
    assert setup.form.values()["tiling"] == "auto" and not panel.suggested
    assert "changed" in panel.stage.text()
    panel.close_button.click()
    assert panel.isHidden() and setup.estimate.isEnabled()


def test_closing_a_running_estimate_ends_it(open_train, qtbot):
    page = open_train(PROBE)
    page.setup.estimate.click()
    run = page.setup.panel.run
    qtbot.waitUntil(lambda: run.history.progress is not None, timeout=10_000)
    page.setup.panel.close_button.click()
    assert page.setup.panel.isHidden()
    qtbot.waitUntil(lambda: run.state == "cancelled", timeout=10_000)


def test_the_ring_leads_to_the_estimate_and_another_window_finds_it(open_train, make_window, settings, qtbot):
    page = open_train(PROBE)
    page.setup.estimate.click()
    run = page.setup.panel.run
    qtbot.waitUntil(lambda: run.history.progress is not None, timeout=10_000)
    page.window().show_page("home")
    page.window().title_bar.ring.run_requested.emit(run)
    assert page.isVisible() and page.setup.panel.isVisible()
    other = make_window()
    qtbot.waitUntil(lambda: len(other.jobs.running()) == 1, timeout=5000)
    other.show_page("train")
    qtbot.waitUntil(lambda: other.page.setup.panel.isVisible(), timeout=5000)
    assert other.page.setup.panel.run.folder.name == run.folder.name


def test_an_estimate_that_fails_says_why(open_train, qtbot):
    page = open_train('say(events.Failed(message="There is nothing to train on.", hint="Annotate some images."))')
    page.setup.estimate.click()
    panel = page.setup.panel
    qtbot.waitUntil(lambda: "nothing to train on" in panel.advice.text(), timeout=10_000)
    assert panel.isVisible() and page.setup.estimate.isEnabled()


def test_what_a_training_will_take_is_said_until_it_knows_better(open_train, qtbot):
    body = """
estimate = dict(seconds_per_step=1.0, seconds_per_epoch=20.0, seconds=200.0, memory_mb=1.0, memory_total_mb=2.0,
                batch_size=4, small_objects=0.0, advice=["An epoch takes about 20 s.", "It fits."])
say(events.Estimate(**estimate))
while not (folder.path / "go").exists() and not folder.asked():
    time.sleep(0.02)
say(events.Eta(seconds=100, epochs_left=3, patience_left=3))
"""
    page = open_train(body + UNTIL_ASKED)
    page.setup.start.click()
    view = page.view
    qtbot.waitUntil(lambda: view.expected.isVisible(), timeout=10_000)
    assert view.expected.accessibleName() == "An epoch takes about 20 s."
    assert view.figures.time.accessibleName().startswith("Time left: 3 min")
    (view.run.folder.path / "go").touch()
    qtbot.waitUntil(lambda: view.expected.isHidden(), timeout=10_000)


def test_what_somebody_else_changed_is_shown_before_it_is_trained_on(open_train, dataset_folder, qtbot):
    page = open_train()
    file = dataset_folder / "annotations" / "instances_train.json"
    content = json.loads(file.read_text())
    before = int(page.document.dataset.class_counts().sum())
    file.write_text(json.dumps(content | {"annotations": content["annotations"][1:]}))
    with qtbot.waitSignal(page.document.opened, timeout=10_000):
        page.setup.start.click()
    assert not page.jobs.running() and int(page.document.dataset.class_counts().sum()) == before - 1
    qtbot.waitUntil(lambda: page.setup.start.isEnabled(), timeout=10_000)
    assert "Somebody else has changed the annotations" in page.setup.bar.reason.text()
    page.setup.start.click()
    assert page.jobs.training() is not None


def test_a_file_that_was_only_touched_is_trained_on_at_once(open_train, dataset_folder, qtbot):
    page = open_train()
    (dataset_folder / "annotations" / "instances_train.json").touch()
    page.setup.start.click()
    qtbot.waitUntil(lambda: page.jobs.training() is not None, timeout=10_000)


def test_the_form_says_that_training_and_validation_share_a_picture(open_train, dataset_folder, qtbot):
    shared = dataset_folder / "images" / "train" / "train_01.png"
    (dataset_folder / "images" / "val" / "val_02.png").write_bytes(shared.read_bytes())
    page = open_train()
    qtbot.waitUntil(lambda: "val_02.png and train_01.png" in page.setup.bar.reason.text())
    assert page.setup.start.isEnabled(), "it is the person who decides"
