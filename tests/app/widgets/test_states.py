"""What a page says instead of its content."""

import pytest
from PySide6.QtCore import QPoint, Qt

from app.widgets import EmptyState, ErrorState, LoadingState
from app.widgets.states import error_texts
from core.dataset.folder.dropped import understand
from core.errors import UserError


def error() -> ErrorState:
    result = ErrorState("Again")
    result.show_error(UserError("there is no image in this folder", hint="choose one that has some"))
    return result


@pytest.mark.parametrize(
    "make",
    [lambda: EmptyState("image", "Nothing here.", "Open something.", "Open"), lambda: LoadingState("Wait", "…"), error],
)
@pytest.mark.parametrize("width", [300, 1200])
def test_its_words_are_in_the_middle_and_fit(make, width, qtbot):
    state = make()
    qtbot.addWidget(state)
    state.resize(width, 600)
    state.show()
    qtbot.waitExposed(state)
    for words in (state.sentence, state.more):
        middle = words.mapTo(state, QPoint()).x() + words.width() / 2
        assert abs(middle - width / 2) <= 1
        assert words.heightForWidth(words.width()) <= words.height()


@pytest.mark.parametrize("name", ["a_folder_of_fruits-and-nuts.2026/" * 4, "x" * 200])
def test_a_name_that_is_longer_than_a_line_is_not_cut_off(name, qtbot):
    state = ErrorState()
    qtbot.addWidget(state)
    state.resize(500, 600)
    state.show_error(UserError(f"there is no picture /data/{name}.jpg", "put it back"))
    state.show()
    qtbot.waitExposed(state)
    text, room = state.sentence.text(), state.sentence.contentsRect()
    drawn = state.sentence.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, text)
    assert drawn.width() <= room.width() and drawn.height() <= room.height()
    assert state.accessibleName() == f"There is no picture /data/{name}.jpg", "as it is, for a screen reader"


def test_details_of_an_error_are_in_the_middle_too(qtbot):
    state = ErrorState()
    qtbot.addWidget(state)
    state.resize(1200, 700)
    state.show_error(ZeroDivisionError())
    state.show()
    state.unfold.click()
    details = state.details
    assert details.isVisible() and abs(details.mapTo(state, QPoint()).x() + details.width() / 2 - 600) <= 1


def test_a_file_keeps_its_name_at_the_beginning_of_a_sentence(tmp_path):
    path = tmp_path / "my pictures.zip"
    path.write_bytes(b"PK")
    with pytest.raises(UserError) as refused:
        understand([path])
    assert error_texts(refused.value)[0] == "“my pictures.zip” is an archive"
