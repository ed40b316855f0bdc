"""What is not labelled is seen where an image is seen, said in the panel, and taken away by one button."""

import pytest

from app.settings.toolbox import COMMANDS
from app.tools.commands import run_command


def hatched(view):
    return [shape for shape in view.shapes if shape.text == "not labelled" and shape.style == "crowd"]


@pytest.fixture
def page(make_window, dataset_folder, qtbot):
    window = make_window()
    with qtbot.waitSignal(window.document.opened):
        window.document.open(dataset_folder)
    window.show_page("annotate")
    page = window.page
    qtbot.waitUntil(lambda: bool(page.context.annotations))
    return page


def test_a_shape_becomes_the_mark_and_the_panel_says_so_and_takes_it_away(page, qtbot):
    command = next(command for command in COMMANDS if command.key == "not_labelled")
    panel, view = page.instances, page.stage.view
    assert not panel.unmark.isVisible() and not hatched(view)
    page.context.select(list(page.context.annotations))
    run_command(command, page.context)
    assert panel.unmark.isVisible() and len(hatched(view)) == 1 and hatched(view)[0].mask.area == 900
    panel.unmark.click()
    assert not panel.unmark.isVisible() and not hatched(view)
    page.editing.undo()
    assert panel.unmark.isVisible() and len(hatched(view)) == 1


def test_another_image_has_its_own_and_the_dataset_page_shows_it_once_it_is_saved(page, qtbot):
    window, image = page.window(), page.context.image
    page.context.select(list(page.context.annotations))
    run_command(next(command for command in COMMANDS if command.key == "labelled_inside"), page.context)
    page.footer.next.click()
    qtbot.waitUntil(lambda: page.context.image != image and bool(page.context.annotations) and page.stage._in_view)
    assert not hatched(page.stage.view) and not page.instances.unmark.isVisible()
    with qtbot.waitSignal(window.document.saver.saved):
        window.document.saver.save()
    window.show_page("dataset")
    dataset = window.page
    qtbot.waitUntil(
        lambda: dataset._index and dataset._index.dataset.not_labelled(dataset._index.dataset.images[image])
    )
    dataset.open_image(dataset.gallery.choose(image))
    qtbot.waitUntil(lambda: len(hatched(dataset.viewer.view)) == 1)
    assert dataset._index.rows[image].count == 0
