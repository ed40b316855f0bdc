"""``events.jsonl``: written line by line by the process at work, read as it grows by whoever watches."""

import contextlib
import io
import json
import os
import time
from pathlib import Path

import msgspec

from core.files import open_own
from core.plain_text import NO_LETTER, printable
from core.reading import UNREADABLE, open_regular
from core.runs.events import TERMINAL, VERSION, AnyEvent, Record


class EventWriter:
    """Appends events to ``events.jsonl``, one flushed line each, numbered on from what is there.

    A ``Report``; closed by ``close`` or at the end of a ``with`` block.
    """

    def __init__(self, path: Path) -> None:
        self._began = time.monotonic()
        self._file = io.FileIO(open_own(path, os.O_WRONLY | os.O_APPEND), "ab")
        last = EventTail(path).read()
        self._seq = last[-1].seq if last else 0
        # A killed writer may have left half a line.
        self._unwritten = b"\n" if path.stat().st_size and not path.read_bytes().endswith(b"\n") else b""

    def __call__(self, event: AnyEvent) -> None:
        self._seq += 1
        record = Record(VERSION, self._seq, time.time(), event, round(time.monotonic() - self._began, 3))
        try:
            line = msgspec.json.encode(record)
        except UnicodeEncodeError:  # what UTF-8 cannot hold, as in undecodable file names, is escaped
            text = json.dumps(msgspec.to_builtins(record), ensure_ascii=False)
            line = NO_LETTER.sub(lambda found: json.dumps(printable(found[0]))[1:-1], text).encode()
        self._unwritten += line + b"\n"
        with contextlib.suppress(OSError):  # the disk is full: this line comes with the next, once there is room
            while self._unwritten:
                self._unwritten = self._unwritten[self._file.write(self._unwritten) :]

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> "EventWriter":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


class EventTail:
    """Reads ``events.jsonl`` as it grows; each call returns what is new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._decoder = msgspec.json.Decoder(Record)

    def read(self) -> list[Record]:
        """The complete lines added since the last call. Lines of a newer version, or broken ones, are skipped."""
        try:
            with open_regular(self._path) as file:
                file.seek(self._offset)
                data = file.read()
        except OSError:  # nothing was said yet, or the disk is away for a moment
            return []
        complete = data.rfind(b"\n") + 1
        self._offset += complete
        records = []
        for line in data[:complete].splitlines():
            with contextlib.suppress(*UNREADABLE):
                records.append(self._decoder.decode(line))
        return records


def is_over(records: list[Record]) -> bool:
    """Whether the last event is a terminal one (a resumed run has earlier ones too)."""
    return bool(records) and isinstance(records[-1].event, TERMINAL)
