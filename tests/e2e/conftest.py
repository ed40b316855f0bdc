import pytest

from core.runs.control import ignore, never
from core.sample import make_sample
from tests.app.conftest import make_window, own_home, settings

__all__ = ["make_window", "own_home", "settings"]


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """A handful of small pictures of parts."""
    folder = tmp_path_factory.mktemp("sample") / "parts"
    make_sample(folder, 6, 3, size=128, report=ignore, check=never)
    return folder
