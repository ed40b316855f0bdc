"""SAM's files: those that are there, those that are fetched, and what is said when neither can be had."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.annotation.assist.sam import load, weights
from core.errors import UserError
from core.models.weights.published import PublicWeights
from core.runs.control import CancelRequested, ignore, never
from core.runs.events import AnyEvent, Progress, Stage
from tests.core.annotation.assist.sam.pair import write_pair


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: Any) -> None: ...


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that publishes a pair, which is the public one now."""
    folder = write_pair(tmp_path / "published")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        pair = tuple(
            PublicWeights(
                f"the {path.stem}", f"{address}/{path.name}", hashlib.sha256(path.read_bytes()).hexdigest(), ""
            )
            for path in sorted(folder.iterdir())
        )
        monkeypatch.setattr(weights, "PUBLIC", pair)
        yield address
        server.shutdown()


def test_a_pair_is_fetched_once_and_runs(published: str) -> None:
    assert not weights.present()
    events: list[AnyEvent] = []
    folder = weights.obtain(events.append, never)
    assert [event.name for event in events if isinstance(event, Stage)] == ["Getting the see", "Getting the tell"]
    assert any(isinstance(event, Progress) for event in events)
    assert weights.present() and folder == weights.folder()
    load(folder)
    events.clear()
    assert weights.obtain(events.append, never) == folder and events == []


def test_a_mirror_comes_first(published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWRIGHT_MIRROR", f"{published}/")
    elsewhere = tuple(
        PublicWeights(item.title, f"http://127.0.0.1:9/{item.file_name}", item.sha256, "") for item in weights.PUBLIC
    )
    monkeypatch.setattr(weights, "PUBLIC", elsewhere)
    load(weights.obtain(ignore, never))
    assert weights.present()


def test_files_that_somebody_put_there_are_taken_whatever_their_names(own_home: Path) -> None:
    write_pair(own_home / "weights" / "sam")
    assert weights.present()
    load(weights.obtain(ignore, never))


def test_offline_it_says_what_to_put_where(published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = tuple(PublicWeights(item.title, "http://127.0.0.1:9/x.onnx", "00", "") for item in weights.PUBLIC)
    monkeypatch.setattr(weights, "PUBLIC", nobody)
    with pytest.raises(UserError, match=r"the see cannot be had: 127\.0\.0\.1 cannot be reached") as caught:
        weights.obtain(ignore, never)
    for words in ("x.onnx", str(weights.folder()), "MASKWRIGHT_MIRROR"):
        assert words in caught.value.hint


def test_a_file_that_is_another_one_is_refused(published: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = weights.PUBLIC
    monkeypatch.setattr(weights, "PUBLIC", (first, PublicWeights(second.title, second.url, "00" * 32, "")))
    with pytest.raises(UserError, match="expected checksum"):
        weights.obtain(ignore, never)
    assert not weights.present()


def test_it_can_be_stopped(published: str) -> None:
    def check() -> None:
        raise CancelRequested

    with pytest.raises(CancelRequested):
        weights.obtain(ignore, check)
    assert not weights.present()


def test_the_public_pair_is_pinned_to_one_version() -> None:
    for item in weights.PUBLIC:
        assert len(item.sha256) == 64 and "/resolve/main/" not in item.url and item.licence
