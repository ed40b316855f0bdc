"""Models belong to datasets: which are offered first, which are used, and what another dataset leaves behind."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit

from app.document.class_fit import compare
from app.pages.evaluate import prediction_session
from app.runs.run_labels import dataset_name, dataset_names, in_order
from core.jobs import ProbeJob
from core.runs import events
from core.runs.job_file import JobFile
from core.runs.summary import RunSummary
from tests.app.pages.evaluate.test_page import Pretender, export
from tests.app.pieces import UNTIL_ASKED, child, make_run, page_of, plan, texts, train_job, validation


@pytest.fixture
def fruits(dataset_folder, tmp_path) -> Path:
    """Another dataset: the same pictures, but the bolt is a pear."""
    folder = tmp_path / "fruits"
    shutil.copytree(dataset_folder, folder)
    for file in (folder / "annotations").iterdir():
        file.write_text(file.read_text().replace('"bolt"', '"pear"'))
    return folder


@pytest.fixture
def trained(settings, dataset_folder, fruits):
    """Trains on both: the best on bench is neither the newest there nor the best of all."""

    def train(dataset: Path, score: float):
        said = plan(), validation(1, score), events.Done()
        run = make_run(settings.runs_folder, train_job(dataset), *said, model=True)
        if dataset == fruits:
            run.model.write_bytes(run.model.read_bytes().replace(b'"bolt"', b'"pear"'))
        export(run)
        return run

    return {
        "best": train(dataset_folder, 0.5),
        "newest": train(dataset_folder, 0.3),
        "fruits": train(fruits, 0.9),
    }


@pytest.fixture
def open_window(make_window, qtbot, monkeypatch):
    """A window with a dataset and all pages, whose models pretend; ``used`` are the paths of those that were loaded."""

    def make(dataset: Path):
        window = make_window(spawn=child(UNTIL_ASKED))
        window.used, window.begun = [], []
        monkeypatch.setattr(prediction_session, "load", lambda xml: window.used.append(xml) or Pretender())
        window.jobs.started.connect(window.begun.append)
        window.turn_to = lambda folder: open_dataset(window, folder, qtbot)
        window.turn_to(dataset)
        for page in ("train", "deploy", "annotate", "evaluate"):
            window.show_page(page)
        qtbot.waitUntil(lambda: all(picker.listed for picker in pickers(window)), timeout=10_000)
        return window

    return make


def open_dataset(window, folder: Path, qtbot) -> None:
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(folder)


def pickers(window) -> list:
    evaluate, deploy, annotate = (page_of(window, key) for key in ("evaluate", "deploy", "annotate"))
    return [evaluate.controls.picker, deploy.picker, annotate.suggestions.picker]


def chosen(window) -> set:
    return {picker.run and picker.run.folder.path for picker in pickers(window)}


def test_the_best_model_of_the_open_dataset_is_offered_first_and_each_says_whose_it_is(
    open_window, dataset_folder, trained, qtbot
):
    window = open_window(dataset_folder)
    for picker in pickers(window):
        lines = [picker.itemText(row) for row in range(picker.count())]
        starts = ["bench · mAP 0.500 · just now · RTM", "bench · mAP 0.300 · just", "fruits · mAP 0.900 · just"]
        assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
    assert chosen(window) == {trained["best"].path}
    runs = page_of(window, "train").runs
    assert [line.path for line in runs.summaries] == [trained[name].path for name in ("best", "newest", "fruits")]
    assert [runs.heading(row) for row in range(3)] == ["", "", "On other datasets"]
    assert "0.500, bench · just now" in runs.index(0).data()
    origin = page_of(window, "train").setup.origin
    origin.source.setCurrentIndex(origin.source.findData("mine"))
    assert origin.weights() == str(trained["best"].path) and origin.models.itemText(2).startswith("fruits · mAP 0.900")


def test_another_datasets_model_is_used_only_when_it_is_chosen(open_window, dataset_folder, fruits, trained, qtbot):
    shutil.rmtree(trained["best"].path)
    shutil.rmtree(trained["newest"].path)
    window = open_window(dataset_folder)
    page = window.page
    assert chosen(window) == {None} and page.controls.picker.count() == 1
    assert page.comparison.isVisible() and "No model was trained on bench" in page.unchosen.accessibleName()
    qtbot.waitUntil(lambda: page.seen is not None, timeout=10_000)
    assert page.metrics.map.accessibleName() == "Mask mAP: not yet known"
    window.show_page("deploy")
    assert window.page.no_model.isVisible() and window.page.picker.isVisible()
    window.show_page("annotate")
    window.page.footer.help.click()
    assert not window.page.suggestions.start.isEnabled() and "another dataset" in window.page.suggestions.summary.text()
    assert window.used == [] and window.begun == []
    picker = window.page.suggestions.picker
    qtbot.keyClick(picker, Qt.Key.Key_Down)
    assert chosen(window) == {trained["fruits"].path}, "on purpose: on every page"
    window.show_page("evaluate")
    qtbot.waitUntil(lambda: len(window.used) == 1, timeout=10_000)
    assert page.unchosen.isHidden() and page.controls.fit.isVisible()
    fits = "Classes that fit: nut. It does not know bolt. It also finds pear."
    assert page.controls.fit.text() == f"Learnt from fruits, not from bench. {fits}"
    qtbot.waitUntil(lambda: "of fruits after" in page.metrics.measured_on.text(), timeout=5000)


def test_another_dataset_leaves_nothing_of_the_one_before(open_window, dataset_folder, fruits, trained, qtbot):
    window = open_window(dataset_folder)
    train, evaluate = page_of(window, "train"), page_of(window, "evaluate")
    qtbot.waitUntil(lambda: evaluate.metrics.map.accessibleName() == "Mask mAP: 0.500", timeout=10_000)
    origin = train.setup.origin
    origin.source.setCurrentIndex(origin.source.findData("mine"))
    window.show_page("train")
    train.list.setCurrentIndex(train.runs.index(1))
    assert train.view.isVisible() and window.jobs.in_view.folder.path == trained["newest"].path
    window.turn_to(fruits)
    assert train.setup.isVisible(), "not the run on bench"
    assert chosen(window) == {trained["fruits"].path}
    assert train.runs.summaries[0].path == trained["fruits"].path
    assert origin.source.currentData() == "public" and origin.weights() is None
    window.show_page("evaluate")
    qtbot.waitUntil(lambda: evaluate.metrics.map.accessibleName() == "Mask mAP: 0.900", timeout=10_000)
    shutil.rmtree(trained["fruits"].path)
    window.turn_to(dataset_folder)
    window.show_page("home")
    window.turn_to(fruits)
    qtbot.waitUntil(lambda: chosen(window) == {None}, timeout=10_000)
    assert evaluate.metrics.map.accessibleName() == "Mask mAP: not yet known"


def test_what_was_trained_in_a_terminal_meanwhile_is_there_when_its_dataset_is_opened(
    open_window, dataset_folder, settings, tmp_path, qtbot
):
    other = Path(shutil.copytree(dataset_folder, tmp_path / "other"))
    window = open_window(dataset_folder)
    window.show_page("deploy")
    run = make_run(settings.runs_folder, train_job(other), plan(), validation(1, 0.4), events.Done(), model=True)
    window.turn_to(other)
    qtbot.waitUntil(lambda: chosen(window) == {run.path}, timeout=10_000)


def test_looking_at_a_run_of_another_dataset_does_not_use_its_model_but_its_predictions_do(
    open_window, dataset_folder, trained, qtbot
):
    window = open_window(dataset_folder)
    train = page_of(window, "train")
    window.show_page("train")
    train.list.setCurrentIndex(train.runs.index(2))
    assert train.view.run.folder.path == trained["fruits"].path and any(
        "fruits" in text for text in texts(train.view.header)
    )
    assert chosen(window) == {trained["best"].path}
    qtbot.waitUntil(train.view.header.look.isVisible, timeout=5000)
    train.view.header.look.click()
    assert window.page.title == "Evaluate" and chosen(window) == {trained["fruits"].path}


def test_the_log_is_that_of_the_run_in_view(open_window, dataset_folder, trained, qtbot):
    for name in ("best", "newest"):
        trained[name].log.write_text(f"{name} printed this")
    window = open_window(dataset_folder)
    train = page_of(window, "train")
    window.show_page("train")
    train.list.setCurrentIndex(train.runs.index(0))
    train.view.log.button.click()
    (log,) = (each for each in train.view.findChildren(QPlainTextEdit) if each.accessibleName() == "Log")
    assert "best printed this" in log.toPlainText()
    train.list.setCurrentIndex(train.runs.index(1))
    assert "newest printed this" in log.toPlainText() and "best" not in log.toPlainText()


def test_an_estimate_goes_with_its_dataset(open_train, fruits, qtbot):
    page = open_train(UNTIL_ASKED)
    page.setup.estimate.click()
    probe = page.setup.panel.run
    assert isinstance(probe.job, ProbeJob) and page.setup.panel.isVisible()
    open_dataset(page.window(), fruits, qtbot)
    assert page.setup.panel.isHidden() and probe.asked == "cancel"


def test_a_training_on_another_dataset_does_not_push_itself_into_view(open_train, fruits, qtbot):
    page = open_train(UNTIL_ASKED)
    page.setup.start.click()
    run = page.view.run
    qtbot.waitUntil(lambda: run.history.stage == "Working", timeout=10_000)
    window = page.window()
    open_dataset(window, fruits, qtbot)
    window.show_page("train")
    assert page.setup.isVisible()
    qtbot.waitUntil(lambda: page.setup.obstacle().startswith("A training on bench is running"), timeout=5000)
    assert "on bench" in window.status_bar.job.text()
    page.jobs.refresh()
    qtbot.wait(50)
    assert page.setup.isVisible()
    open_dataset(window, Path(run.job.dataset), qtbot)
    assert page.view.isVisible() and page.view.run is run


@pytest.mark.parametrize("opened_as", ["folder", "file", "link"])
def test_a_dataset_is_the_same_by_its_folder_its_only_file_and_a_link(
    window, dataset_folder, tmp_path, opened_as, qtbot
):
    (dataset_folder / "annotations" / "instances_val.json").unlink()
    file = dataset_folder / "annotations" / "instances_train.json"
    (tmp_path / "link").symlink_to(dataset_folder)
    ways = {"folder": dataset_folder, "file": file, "link": tmp_path / "link"}
    open_dataset(window, ways[opened_as], qtbot)
    assert all(window.document.is_open(str(path)) for path in (dataset_folder, file))
    assert not window.document.is_open(str(dataset_folder.parent)) and not window.document.is_open("")


def test_one_of_several_files_is_a_dataset_of_its_own(window, dataset_folder, qtbot):
    open_dataset(window, dataset_folder / "annotations" / "instances_train.json", qtbot)
    assert not window.document.is_open(str(dataset_folder))


def summary(dataset: str, best: float | None, created: float) -> RunSummary:
    file = JobFile(job=train_job(Path(dataset)), created=created, command="")
    return RunSummary(Path(f"/runs/{created}"), file, "done", best, True, False, dataset)


def test_the_order_is_own_first_then_the_dataset_trained_on_last_and_in_each_the_best_first():
    runs = ("/a", 0.1, 6), ("/b", 0.9, 5), ("/c", 0.2, 4), ("/b", None, 3), ("/c", 0.2, 7)
    ordered = in_order([summary(*run) for run in runs], lambda dataset: dataset == "/b")
    assert [(line.dataset, line.file.created) for line in ordered] == [
        ("/b", 5), ("/b", 3), ("/c", 7), ("/c", 4), ("/a", 6),
    ]  # fmt: skip


def test_datasets_of_one_name_are_told_apart():
    assert dataset_name("/data/parts/annotations/instances_train.json") == "parts/instances_train.json"
    paths = ["/a/x/parts", "/b/x/parts", "/c/nuts"]
    assert list(dataset_names(paths).values()) == ["a/x/parts", "b/x/parts", "nuts"]
    assert dataset_names(["/parts", "/a/parts"])["/a/parts"] == "a/parts"


def test_which_classes_fit_is_said_by_name():
    fit = compare(["nut", "apple", "pear"], ["nut", "bolt"])
    assert fit.for_use() == "Classes that fit: nut. It does not know bolt. It also finds apple, pear."
    assert compare(["apple"], ["nut"]).for_use() == "None of its classes is in this dataset: it finds apple."
    assert compare(["nut"], ["nut"]).for_use() == "The same classes: nut."
