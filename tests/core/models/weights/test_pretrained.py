"""Public weights: found in a folder, fetched, resumed, refused when wrong, and done without when offline."""

import contextlib
import hashlib
import os
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar
from urllib.error import HTTPError
from urllib.request import Request

import pytest

from core.errors import UserError
from core.models.compute_figures import on_paper
from core.models.mask_rcnn import MaskRCNN
from core.models.rtmdet_inst import RTMDetInst
from core.models.weights import download, http, pretrained, published
from core.models.weights.published import PublicWeights
from core.recipes.catalogue import catalogue
from core.runs.control import CancelRequested, Check, Report, ignore, never
from core.runs.events import AnyEvent, Log, Progress, Stage, Warning

CONTENT = bytes(range(256)) * 12_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE = "weights-1234.pth"
SHIPPED = next(iter(RTMDetInst.bundled_weights))


class Network:
    """As far as a ``Segmenter`` lists weights."""

    public_weights: ClassVar[dict[str, PublicWeights]] = {}
    bundled_weights = RTMDetInst.bundled_weights


def obtain(names: str | list[str], report: Report, check: Check) -> Path | None:
    return pretrained.obtain(Network, [names] if isinstance(names, str) else names, report, check)


class Server(ThreadingHTTPServer):
    """Serves ``files``; cuts the next transfers off after as many bytes as ``cuts`` says."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.cuts: list[int] = []
        self.requests: list[tuple[str, str | None]] = []
        self.ranges = True
        self.length = ""
        """What is said of the length instead of the truth."""
        self.endless = False
        """Whether it sends on for ever and says no length."""
        self.trickle, self.pause = 0, 0.05
        """In how many pieces it sends, and the seconds between them."""
        self.redirects: dict[str, str] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers["Range"]
        self.server.requests.append((self.path, wanted))
        if to := self.server.redirects.get(self.path):
            self.send_response(302)
            self.send_header("Location", to)
            return self.end_headers()
        content = self.server.files.get(self.path)
        if content is None:
            return self.send_error(404)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.server.ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if not self.server.endless:
            self.send_header("Content-Length", self.server.length or str(len(content) - start))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # the other side may have had enough
            self._send(content, start)

    def _send(self, content: bytes, start: int) -> None:
        while self.server.endless:
            self.wfile.write(content)
        for number in range(self.server.trickle):
            self.wfile.write(content[len(content) * number // self.server.trickle :][: -(-len(content) // 30)])
            time.sleep(self.server.pause)
        if self.server.trickle:
            return
        cut = self.server.cuts.pop(0) if self.server.cuts else len(content)
        self.wfile.write(content[start : start + cut])

    def do_CONNECT(self) -> None:
        self.server.requests.append((self.path, None))
        self.send_error(502)

    def log_message(self, *words: Any) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    """A server that publishes the weights called ``test``, and an empty folder of weights."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("MASKWRIGHT_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.delenv("MASKWRIGHT_MIRROR", raising=False)
    with Server() as server:
        server.files[f"/public/{FILE}"] = CONTENT
        publish(monkeypatch, f"{server.address}/public/{FILE}")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def publish(monkeypatch: pytest.MonkeyPatch, url: str, name: str = "test") -> None:
    monkeypatch.setitem(Network.public_weights, name, PublicWeights("Test weights", url, SHA256, "CC0"))


def _warnings(events: list[AnyEvent]) -> list[str]:
    return [event.message for event in events if isinstance(event, Warning)]


def test_every_recipe_names_weights_that_are_known() -> None:
    for recipe in catalogue():
        segmenter = on_paper(recipe.architecture)
        assert recipe.weights
        for name in recipe.weights:
            if name in segmenter.bundled_weights:
                continue
            weights = segmenter.public_weights[name]
            assert weights.sha256[:8] in weights.file_name and weights.url.startswith("https://")


def test_only_two_digests_are_not_known_whole() -> None:
    public = {**MaskRCNN.public_weights, **RTMDetInst.public_weights}
    assert {name for name, weights in public.items() if len(weights.sha256) != 64} == {
        "efficientnet_b2_imagenet",
        "maskrcnn_swin_t_coco",
    }


def test_where_only_a_beginning_of_the_digest_is_known_that_is_said(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{server.address}/public/{FILE}"
    monkeypatch.setitem(Network.public_weights, "test", PublicWeights("Test weights", url, SHA256[:8], "CC0"))
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never)
    (said,) = (event.message for event in events if isinstance(event, Log))
    assert "first 8 digits" in said and SHA256 in said


def test_weights_are_fetched_with_progress_and_then_found(server: Server, tmp_path: Path) -> None:
    events: list[AnyEvent] = []
    path = obtain("test", events.append, never)
    assert path == tmp_path / "weights" / FILE and path.read_bytes() == CONTENT
    assert any(isinstance(event, Stage) and "Test weights" in event.name for event in events)
    assert any(isinstance(event, Progress) and event.total == len(CONTENT) // 1_000_000 for event in events)
    assert obtain("test", ignore, never) == path
    assert len(server.requests) == 1
    assert [file.name for file in path.parent.glob("[!.]*")] == [FILE]


@pytest.mark.parametrize("length", ["much", "-7", "1" * 5000])
def test_a_server_that_lies_about_the_length_is_no_bug_of_ours(server: Server, tmp_path: Path, length: str) -> None:
    server.length = length
    with pytest.raises(http.NotObtainedError, match="no number of bytes"):
        download.download(f"{server.address}/public/{FILE}", tmp_path / FILE, SHA256, ignore, never)


def test_processes_that_start_together_fetch_weights_once(server: Server) -> None:
    with ThreadPoolExecutor(4) as pool:  # the lock is one between threads, too
        paths = list(pool.map(lambda _: obtain("test", ignore, never), range(4)))
    assert {path.read_bytes() == CONTENT for path in paths if path} == {True} and None not in paths
    assert len(server.requests) == 1


def test_a_broken_connection_is_picked_up_where_it_broke(server: Server) -> None:
    server.cuts = [1_000_000]
    path = obtain("test", ignore, never)
    assert path is not None and path.read_bytes() == CONTENT
    assert [wanted for _, wanted in server.requests] == [None, "bytes=1000000-"]


def test_a_later_try_goes_on_even_with_a_server_that_cannot_resume(server: Server) -> None:
    server.cuts = [500_000, 0]
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    assert "broke off" in _warnings(events)[0]
    assert server.requests[-1][1] == "bytes=500000-"
    server.ranges = False
    path = obtain("test", ignore, never)
    assert path is not None and path.read_bytes() == CONTENT


def test_it_does_not_try_for_ever(server: Server) -> None:
    server.cuts = [100_000] * 10
    assert obtain("test", ignore, never) is None
    assert len(server.requests) == 3


def test_other_content_is_refused_and_leaves_nothing(server: Server, tmp_path: Path) -> None:
    server.files[f"/public/{FILE}"] = CONTENT[::-1]
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    (message,) = _warnings(events)
    assert "checksum" in message
    assert list((tmp_path / "weights").glob("[!.]*")) == []


@pytest.mark.parametrize("length", ["stated", "unknown"])
@pytest.mark.parametrize("size", ["known", "unknown"])
def test_too_large_a_file_is_not_taken_and_leaves_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, length: str, size: str
) -> None:
    most = 1 << 20
    if size == "known":
        url = f"{server.address}/public/{FILE}"
        monkeypatch.setitem(Network.public_weights, "test", PublicWeights("Test weights", url, SHA256, "CC0", most))
    else:
        monkeypatch.setattr(download, "MOST_BYTES", most)
    server.endless = length == "unknown"
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    assert "larger than the 1,048,576 bytes" in _warnings(events)[0]
    assert list((tmp_path / "weights").glob("[!.]*")) == []


def test_a_part_that_is_too_large_already_is_begun_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / f"{FILE}.part").write_bytes(bytes(len(CONTENT) + 1))
    url = f"{server.address}/public/{FILE}"
    download.download(url, tmp_path / "weights" / FILE, SHA256, ignore, never, len(CONTENT))
    assert [wanted for _, wanted in server.requests] == [None]


def test_a_slow_line_that_never_rests_gets_there(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "STALL_SECONDS", 1.0)
    monkeypatch.setattr(http, "_CHUNK", 1 << 24)
    server.trickle = 30  # pieces, one every 50 ms: longer than a transfer may stand still
    path = obtain("test", ignore, never)
    assert path is not None and path.read_bytes() == CONTENT
    assert len(server.requests) == 1, "in one go"


def test_a_line_that_rests_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "STALL_SECONDS", 0.2)
    server.trickle, server.pause = 2, 2.0
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    assert "broke off" in _warnings(events)[0]


@pytest.mark.parametrize("to", ["ftp://weights.invalid/x", "file:///etc/passwd", "data:text/plain,x", "javascript:x"])
def test_a_redirect_leads_to_web_addresses_only(server: Server, to: str) -> None:
    server.redirects[f"/public/{FILE}"] = to
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    assert "answers 302" in _warnings(events)[0] and to.partition(":")[0] in _warnings(events)[0]


def test_a_redirect_to_another_web_address_is_followed(server: Server, tmp_path: Path) -> None:
    server.redirects["/moved"] = f"{server.address}/public/{FILE}"
    download.download(f"{server.address}/moved", tmp_path / FILE, SHA256, ignore, never)
    assert (tmp_path / FILE).read_bytes() == CONTENT


def test_what_began_encrypted_stays_so() -> None:
    request = Request("https://weights.invalid/x")
    with pytest.raises(HTTPError, match="it leads from https to http"):
        http._Redirects().redirect_request(request, None, 302, "", Message(), "http://weights.invalid/x")
    secure = http._Redirects().redirect_request(request, None, 302, "", Message(), "https://b.invalid/x")
    assert secure is not None and secure.full_url == "https://b.invalid/x"


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
@pytest.mark.parametrize("laid", ["symbolic", "hard", "pipe"])
def test_a_link_in_a_shared_folder_is_not_followed(server: Server, tmp_path: Path, laid: str) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"precious")
    part = tmp_path / "weights" / f"{FILE}.part"
    part.parent.mkdir()
    if laid == "pipe":
        os.mkfifo(part)
    else:
        (part.symlink_to if laid == "symbolic" else part.hardlink_to)(precious)
    path = obtain("test", ignore, never)
    assert path is not None and path.read_bytes() == CONTENT and path.stat().st_nlink == 1
    assert precious.read_bytes() == b"precious"


def test_what_is_not_there_is_said_once_with_what_to_do(server: Server, tmp_path: Path) -> None:
    server.files.clear()
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    (warning,) = (event for event in events if isinstance(event, Warning))
    assert "404" in warning.message
    assert FILE in warning.hint and str(tmp_path / "weights") in warning.hint


def test_the_next_best_is_taken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(monkeypatch, f"{server.address}/gone/better.pth", "better")
    events: list[AnyEvent] = []
    path = obtain(["better", "test"], events.append, never)
    assert path is not None and path.name == FILE
    (log,) = (event for event in events if isinstance(event, Log))
    assert "404" in log.message and "Test weights instead" in log.message and not _warnings(events)


def test_what_ships_is_taken_when_nothing_better_can_be_had_and_that_is_said(server: Server) -> None:
    events: list[AnyEvent] = []
    path = obtain(["test", SHIPPED], events.append, never)
    assert path is not None and path.name == FILE and not _warnings(events)
    path.unlink()
    server.files.clear()
    path = obtain(["test", SHIPPED], events.append, never)
    assert path is not None and path.name == f"{SHIPPED}.safetensors" and path.parent.parent.name == "resources"
    (message,) = _warnings(events)
    assert "Test weights cannot be had" in message and "shapes that ship with Maskwright" in message


def test_what_ships_needs_no_network(server: Server) -> None:
    events: list[AnyEvent] = []
    assert obtain(SHIPPED, events.append, never)
    assert not events and not server.requests


def test_the_mirror_comes_before_the_publisher(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWRIGHT_MIRROR", f"{server.address}/mirror/")
    server.files[f"/mirror/{FILE}"] = CONTENT
    assert obtain("test", ignore, never)
    assert [path for path, _ in server.requests] == [f"/mirror/{FILE}"]


def test_a_mirror_that_lacks_the_file_is_passed_over(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWRIGHT_MIRROR", f"{server.address}/mirror")
    assert obtain("test", ignore, never)
    assert [path for path, _ in server.requests] == [f"/mirror/{FILE}", f"/public/{FILE}"]


def test_a_proxy_is_gone_through(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.address)
    url = f"http://weights.invalid/{FILE}"
    publish(monkeypatch, url)
    server.files[url] = CONTENT
    path = obtain("test", ignore, never)
    assert path is not None and path.read_bytes() == CONTENT
    assert [asked for asked, _ in server.requests] == [url]


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY"])
def test_a_proxy_is_asked_for_a_tunnel_to_a_secure_server(
    server: Server, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.setenv(variable, server.address)
    publish(monkeypatch, f"https://weights.invalid/{FILE}")
    events: list[AnyEvent] = []
    assert obtain("test", events.append, never) is None
    assert [asked for asked, _ in server.requests] == ["weights.invalid:443"]
    assert "502" in _warnings(events)[0]


@pytest.mark.parametrize("name", [FILE, "test.safetensors", "test.pth"])
def test_a_file_in_the_folder_needs_no_network(server: Server, tmp_path: Path, name: str) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / name).write_bytes(b"mine")
    assert obtain("test", ignore, never) == tmp_path / "weights" / name
    assert server.requests == []


def test_offline_is_said_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and never listens
        for name in ("test", "second"):
            publish(monkeypatch, f"http://127.0.0.1:{nobody.getsockname()[1]}/{name}-{FILE}", name)
        events: list[AnyEvent] = []
        assert obtain(["test", "second"], events.append, never) is None
    (message,) = _warnings(events)
    assert "cannot be reached" in message


def test_after_silence_nothing_more_is_asked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        for name in ("test", "second"):
            publish(monkeypatch, f"http://127.0.0.1:{mute.getsockname()[1]}/{name}-{FILE}", name)
        events: list[AnyEvent] = []
        assert obtain(["test", "second"], events.append, never) is None
        mute.setblocking(False)
        mute.accept()[0].close()
        with pytest.raises(BlockingIOError):
            mute.accept()
    assert len(_warnings(events)) == 1


def test_cancelling_ends_a_download_that_stands_still(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[AnyEvent] = []
    looks = iter(range(5))

    def check() -> None:
        if next(looks) == 4:
            raise CancelRequested

    with socket.create_server(("127.0.0.1", 0)) as mute:
        publish(monkeypatch, f"http://127.0.0.1:{mute.getsockname()[1]}/{FILE}")
        with pytest.raises(CancelRequested):
            obtain("test", events.append, check)
    assert not _warnings(events), "its silence was not waited out"


def test_unknown_weights_are_the_callers_mistake() -> None:
    with pytest.raises(UserError, match="no public weights"):
        obtain("nonsense", ignore, never)


def test_a_mirror_must_be_a_web_address(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(CONTENT)
    monkeypatch.setenv("MASKWRIGHT_MIRROR", tmp_path.as_uri())
    server.files.clear()
    assert obtain("test", ignore, never) is None


def test_the_folder_is_in_maskwrights_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MASKWRIGHT_WEIGHTS", raising=False)
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path))
    assert published.folder() == tmp_path / "weights"
