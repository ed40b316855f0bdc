"""What holds for all tests."""

import os

import pytest

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # torch's threads sleep soon when they wait: tests share their machine


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory):
    """Windows that tests start, in processes of their own too, neither read nor write the settings of a person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield
