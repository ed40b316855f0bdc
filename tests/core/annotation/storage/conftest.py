"""A file, and what it was before its last saves."""

import pytest

from tests.core.annotation.edits import mark, state
from tests.core.annotation.sessions import draw, saved, session
from tests.core.dataset.builders import annotation, coco, image


@pytest.fixture
def file(folder):
    """Two images with a nut each."""
    folder.pictures(["1.png", "2.png"])
    return folder.json("annotations/all.json", coco([image(1), image(2)], [annotation(1), annotation(2, 2)]))


@pytest.fixture
def versions(file, folder):
    """The file before anything, after a first save of three new instances, and after a second one of two more and a
    review."""
    contents = [file.read_bytes()]
    with session(folder) as opened:
        draw(opened.draft, 3)
        saved(opened.draft, opened.journal)
        contents.append(file.read_bytes())
        draw(opened.draft, 2, start=3)
        opened.draft.apply(mark(opened.draft, 1, "done"))
        saved(opened.draft, opened.journal)
        contents.append(file.read_bytes())
        expected = state(opened.draft)
    return contents, expected
