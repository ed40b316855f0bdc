import pytest
from PySide6.QtCore import Qt

from app.widgets.inputs import NumberBox, neighbour, plain


@pytest.fixture
def box(qtbot):
    def make(**limits) -> NumberBox:
        made = NumberBox(**limits)
        qtbot.addWidget(made)
        return made

    return make


def test_arrow_keys_step_by_the_multiple_and_stay_in_range(box, qtbot):
    size = box(whole=True, step=32, minimum=64, maximum=128)
    size.set_value(100)
    qtbot.keyClick(size, Qt.Key.Key_Up)
    assert size.value() == 128
    qtbot.keyClick(size, Qt.Key.Key_Up)
    assert size.value() == 128
    for _ in range(5):
        qtbot.keyClick(size, Qt.Key.Key_Down)
    assert size.value() == 64


def test_small_numbers_step_along_1_2_5():
    assert [neighbour(value, up=True) for value in (0.0007, 0.001, 0.002, 0.005, 0)] == [
        0.001,
        0.002,
        0.005,
        0.01,
        0.0001,
    ]
    assert [neighbour(value, up=False) for value in (0.0007, 0.001, 0.2)] == [0.0005, 0.0005, 0.1]


def test_what_is_typed_stays_as_it_is_typed(box):
    rate = box(whole=False)
    for text, value in (("7e-4", 0.0007), ("0,5", 0.5), ("", None), ("nan", None), ("inf", None), ("abc", None)):
        rate.lineEdit().setText(text)
        assert rate.value() == value
        assert rate.text() == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0007, "0.0007"), (4e-6, "4e-6"), (35.0, "35"), (640, "640"), (0.999, "0.999"), (0, "0")]
)
def test_numbers_look_as_people_write_them(value, text):
    assert plain(value) == text
    assert float(text) == value
