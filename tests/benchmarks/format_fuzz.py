"""Damaged files of every format end in sentences: thousands of them, read by every reader.

    python tests/benchmarks/format_fuzz.py [--count 50000] [--seed 0] [--processes 2]

A file of a small dataset of each format, a video, a TIFF of several pages, or what a COCO folder keeps of its splits,
its channels and its scale is damaged, the format is told, and what can be read is written as COCO. Fine is a dataset,
whole or in part, and a ``UserError``. Faults are any other exception, more than ``SECONDS`` and more memory than
``MOST_MIB``, and a file that is made outside of the folder. Exit code 1 when there was one.
"""

import argparse
import collections
import contextlib
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from mutants import mutators  # noqa: E402 - beside this file, which may be run from anywhere

from core.dataset.folder.folder_tree import FolderTree  # noqa: E402
from core.dataset.formats import FORMATS  # noqa: E402
from core.dataset.formats.coco_folder import write_coco_folder  # noqa: E402
from core.dataset.formats.coco_writer import write_coco  # noqa: E402
from core.dataset.formats.foreign import ForeignDataset  # noqa: E402
from core.dataset.formats.recognition import read_all  # noqa: E402
from core.dataset.formats.sequence import FrameChoice, read_sequences  # noqa: E402
from core.dataset.opening import open_dataset  # noqa: E402
from core.dataset.scale import pixel_size  # noqa: E402
from core.errors import UserError  # noqa: E402
from tests.core.dataset.formats.tool_files import FILES  # noqa: E402
from tests.core.dataset.formats.tool_files import FORMATS as TOOLS  # noqa: E402

SEQUENCE, KEPT = "sequence", "kept"
FORMATS_OF = {**TOOLS, SEQUENCE: SEQUENCE, KEPT: KEPT}
SECONDS = 20
MOST_MIB = 3000
_NOT_DAMAGED = (".jpg", "expected.json")
_BYTES = (mutators.flip, mutators.flip_at_an_end, mutators.cut, mutators.lose, mutators.insert, mutators.replace)
_JSON = (mutators.odd_value, mutators.same_type, mutators.deep_value, mutators.odd_keys, mutators.swap_values,
         mutators.other_encoding)  # fmt: skip
_TEXT = (mutators.lines, mutators.odd_numbers, mutators.other_encoding)


def cases(count: int, seed: int) -> Iterator[tuple[int, str, str, str]]:
    """Number, folder, file and mutator of each case."""
    dice = random.Random(seed)
    files = {
        name: [
            path.relative_to(FILES / name).as_posix()
            for path in sorted((FILES / name).rglob("*"))
            if path.is_file() and not path.name.endswith(_NOT_DAMAGED)
        ]
        for name in FORMATS_OF
    }
    for number in range(count):
        name = dice.choice(list(FORMATS_OF))
        file = dice.choice(files[name])
        more = _JSON if file.endswith(".json") else _TEXT if file.endswith((".txt", ".yaml", ".xml")) else ()
        yield number, name, file, dice.choice([*_BYTES, *more]).__name__


def run(case: tuple[int, str, str, str], seed: int) -> tuple[str, str]:
    """How a case ended: ``read``, ``error`` or ``fault``, and the traceback of a fault."""
    number, name, file, mutator = case
    with tempfile.TemporaryDirectory() as place:
        source = Path(shutil.copytree(FILES / name, Path(place) / "source"))
        damaged = source / file
        with contextlib.suppress(Exception):  # what cannot be damaged this way is read as it is
            damaged.write_bytes(getattr(mutators, mutator)(damaged.read_bytes(), random.Random(f"{seed} {number}")))
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.alarm(SECONDS)
        try:
            if name == KEPT:
                _open_and_write(source, Path(place) / "coco")
            else:
                write_coco_folder(_dataset(source, damaged, FORMATS_OF[name]), Path(place) / "coco", "fuzz")
            ended = "read", ""
        except UserError:
            ended = "error", ""
        except BaseException:  # noqa: BLE001 - also of an alarm
            ended = "fault", traceback.format_exc()
        finally:
            signal.alarm(0)
        strange = {path.name for path in Path(place).iterdir()} - {"source", "coco", ".coco.unfinished"}
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        if strange:
            return "fault", f"made {strange}"
        return ended if memory < MOST_MIB else ("fault", f"{memory} MiB")


def _dataset(source: Path, damaged: Path, key: str) -> ForeignDataset:
    if key == SEQUENCE:
        return read_sequences([damaged], source, FrameChoice(0.1))
    for each in FORMATS:
        each.annotates(FolderTree(source))
    return read_all(next(format for format in FORMATS if format.key == key), FolderTree(source))


def _open_and_write(source: Path, output: Path) -> None:
    """What is kept beside annotations: read, asked for where it is read late, and written."""
    dataset = open_dataset(source)
    for image in dataset.images:
        pixel_size(dataset, image)
        if dataset.has_picture(image):
            dataset.read_image_as(image, dataset.channels)
    write_coco(dataset, output, pictures="copy")


def _on_alarm(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS} s")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", type=int, nargs="*", default=())
    given = parser.parse_args()
    chosen = [case for case in cases(given.count, given.seed) if not given.only or case[0] in given.only]
    began, counts = time.monotonic(), collections.Counter()
    with ProcessPoolExecutor(given.processes) as pool:
        results = pool.map(run, chosen, [given.seed] * len(chosen), chunksize=20)
        for case, (ended, details) in zip(chosen, results, strict=True):
            counts[case[1], ended] += 1
            if ended == "fault":
                print(f"\n--- {case}\n{details[-1500:]}", flush=True)
    for name in FORMATS_OF:
        print(f"{name:15}", *(f"{ended} {counts[name, ended]:6}" for ended in ("read", "error", "fault")))
    print(f"{len(chosen)} cases, {time.monotonic() - began:.0f} s, seed {given.seed}")
    return int(any(ended == "fault" for _, ended in counts))


if __name__ == "__main__":
    sys.exit(main())
