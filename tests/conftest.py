"""What holds for all tests."""

import contextlib
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # torch's threads sleep soon when they wait: tests share their machine


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory):
    """Windows that tests start, in processes of their own too, neither read nor write the settings of a person."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(autouse=True)
def tiny_numbers():
    """A training lets the processor take tiny numbers for zero, in its own process for good: here others come after."""
    yield
    if torch := sys.modules.get("torch"):
        torch.set_flush_denormal(False)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish() -> None:
    """What tests of the window left is not collected while their results are shown: Qt crashed then."""
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run what ``bootstrap.py test`` leaves to this process: of two, one takes file after file from the beginning and
    one from the end, until none is left. A file is taken by who could make the folder of its name. Nothing comes after
    the tests of the window in a process: what they leave to be collected belongs to Qt, which may crash where it is
    collected long after."""
    taken = os.environ.get("MASKWRIGHT_TESTS_TAKEN")
    if not taken or session.testsfailed or session.config.option.collectonly:
        return None
    files: dict[Path, list[pytest.Item]] = {}
    for item in session.items:
        files.setdefault(item.path, []).append(item)
    order = reversed(files) if os.environ.get("MASKWRIGHT_TESTS_FROM") == "end" else iter(files)

    windows = session.config.rootpath / "tests" / "app"

    def own() -> Iterator[pytest.Item]:
        ran_windows = False
        for file in order:
            if ran_windows and not file.is_relative_to(windows):
                return
            ran_windows = ran_windows or file.is_relative_to(windows)
            with contextlib.suppress(FileExistsError):
                (Path(taken) / "-".join(file.relative_to(session.config.rootpath).parts)).mkdir()
                yield from files[file]

    items = own()
    item = next(items, None)
    while item:
        following = next(items, None)
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        item = following
    return True
