"""Brightness, contrast and what helps to aim are set in a menu, and stay."""

import pytest

from app.canvas.backdrop import DisplaySettings
from app.pages.annotate.view_menu import ViewMenu
from app.settings.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return Settings(tmp_path / "settings.ini")


def test_what_is_set_is_told_and_kept(qtbot, settings, tmp_path):
    menu = ViewMenu(settings)
    qtbot.addWidget(menu)
    with qtbot.waitSignal(menu.changed) as changed:
        menu.sliders["brightness"].setValue(30)
    assert changed.args[0] == DisplaySettings(brightness=0.3)
    menu.switches["crosshair"].setChecked(True)
    later = ViewMenu(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(later)
    assert later.display == DisplaySettings(brightness=0.3, crosshair=True)
    assert later.sliders["brightness"].value() == 30 and later.switches["crosshair"].isChecked()


def test_a_setting_that_cannot_be_is_brought_into_its_range(qtbot, settings):
    settings.write("display/contrast", "17")
    settings.write("display/brightness", "many")
    menu = ViewMenu(settings)
    qtbot.addWidget(menu)
    assert menu.display == DisplaySettings(contrast=1.0)


def test_the_key_of_the_loupe_is_the_one_that_the_person_chose(qtbot, settings):
    menu = ViewMenu(settings)
    qtbot.addWidget(menu)
    assert menu.hint.text() == "Hold Z for the loupe"
    settings.shortcuts.change("view.loupe", ["L"])
    assert menu.hint.text() == "Hold L for the loupe"
