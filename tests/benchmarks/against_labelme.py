"""How quick and how large Maskwright's window is with thousands of polygons, against labelme's, in one run.

    python tests/benchmarks/against_labelme.py --python VENV/bin/python --work FOLDER [--huge] [--rounds 3]

``VENV`` is an environment of its own with labelme in it (``pip install labelme``). Both real windows open the same
picture with the same polygons of 60 points, each in the format it keeps, on a virtual screen (Xvfb) where there is
one, and get the same events, sized so that the views of the picture are equally large: the file is dropped on the
window; at 100 % the picture is panned with the middle button in two rounds, and the mouse goes over it in two rounds;
from the whole picture the wheel zooms in by 25 steps of a tenth and out again; a corner is dragged out and back, twice.
The sides take turns. A part of the script ends early after half a minute.

A frame is an event, what it sets off and the painting, in the window's thread: on the clock, and in brackets the time
of the processor in that thread, which other work on the machine disturbs less. What was measured is kept in FOLDER, so
that an interrupted comparison goes on where it was; ``--fresh`` begins anew. ``--huge`` adds a picture of 20,000 ×
20,000 with 1,000 instances, for which labelme needs several GB.

What is not alike: labelme draws the corners of every polygon always, we draw those of selected ones; below a size we
draw a shape's outline in fewer points, and beyond some work per frame the shapes follow a thread. A corner of labelme's
is taken hold of at once, ours once its instance is selected. When a corner is let go, labelme writes its whole file
before it goes on; we write a line of the journal, and the file a moment later in a thread. A huge picture of ours is
shown coarse at first, as ``huge_picture.py`` measures; here it counts as painted when it is sharp. Our peak of memory
counts pages of mapped files.
"""

import argparse
import dataclasses
import json
import shutil
import statistics
import sys
import time
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np
from machine import machine
from windows import scene
from windows.display import screen
from windows.running import RunError, watched

WINDOWS = Path(__file__).parent / "windows"
SIDES = {"labelme": "labelme_window.py", "ours": "our_window.py"}
VIEW = 1200, 800
"""Pixels of the picture's view in both windows."""
SCREEN = 1920, 1200
PARTS = {"pan": "pan at 100 %", "hover": "hover at 100 %", "zoom": "zoom in and out", "drag": "drag a corner"}
SECONDS = {
    "start": "command to empty window, s",
    "open": "file dropped to painted, s",
    "open_again": "the same once more, s",
}
_LONGEST = 2400.0
"""Seconds for a window and its script."""


@dataclass(frozen=True)
class Case:
    """A picture and its polygons."""

    width: int
    height: int
    instances: int

    @property
    def name(self) -> str:
        return f"{self.width}x{self.height}-{self.instances}"

    @property
    def title(self) -> str:
        return f"{self.instances:,} on {self.width:,} × {self.height:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", type=Path, required=True, help="of the environment with labelme")
    parser.add_argument("--work", type=Path, required=True, help="where measurements and the table are kept")
    parser.add_argument("--instances", type=int, action="append", help="on 4000 × 3000; default: 1,000 and 10,000")
    parser.add_argument("--huge", action="store_true", help="20,000 × 20,000 as well")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--most-memory", type=float, default=12_000, help="MiB at which a window is stopped")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before")
    options = parser.parse_args()
    work = options.work.absolute()
    if options.fresh and work.exists():
        shutil.rmtree(work)
    cases = [Case(4000, 3000, count) for count in options.instances or (1000, 10_000)]
    cases += [Case(20_000, 20_000, 1000)] if options.huge else []
    pythons = {"labelme": options.python.absolute(), "ours": Path(sys.executable)}
    with screen(*SCREEN) as display:
        for case in cases:
            for number in range(options.rounds):
                for side in SIDES:
                    result = work / "results" / f"{case.name}-{side}-{number}.json"
                    if not result.exists():
                        measure(case, side, pythons[side], display, result, options.most_memory)
            (work / "table.md").write_text(table(work, cases))
    sys.stdout.write((work / "table.md").read_text())


def measure(case: Case, side: str, python: Path, display: dict[str, str], result: Path, most_mib: float) -> None:
    """One run of a window; a failure is a result too."""
    work = result.parents[1]
    data = work / "data" / case.name
    if not data.exists():  # made by another process, so that its memory does not count
        maker = get_context("spawn").Process(target=make_case, args=(case, data))
        maker.start()
        maker.join()
    folder = work / "runs" / result.stem
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(data, folder)  # both windows save what the script does
    about = json.loads((folder / "case.json").read_text()) | {"folder": str(folder), "view": VIEW}
    (folder / "case.json").write_text(json.dumps(about))
    home = {name: str(folder / "home") for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MASKWRIGHT_HOME")}
    (folder / "home").mkdir()
    result.parent.mkdir(parents=True, exist_ok=True)
    command = [python, WINDOWS / SIDES[side], folder / "case.json", result, time.time()]
    try:
        watched(command, display | home, folder / "log.txt", seconds=_LONGEST, most_mib=most_mib)
    except RunError as failure:
        result.write_text(json.dumps({"failed": str(failure)}))
    sys.stderr.write(f"{result.stem}: {result.read_text()[-200:]}\n")
    for left in ("ours", "labelme", "home"):
        shutil.rmtree(folder / left)


def make_case(case: Case, folder: Path) -> None:
    """The picture beside each side's file, and which corner is dragged."""
    beside = folder.with_name(f"{folder.name}-made")
    shutil.rmtree(beside, ignore_errors=True)
    rings = scene.make_rings(case.width, case.height, case.instances)
    for side, write in (("ours", scene.write_coco), ("labelme", scene.write_labelme)):
        (beside / side).mkdir(parents=True)
        write(beside / side, case.width, case.height, rings)
    scene.make_picture(beside / "ours" / scene.PICTURE, case.width, case.height)
    shutil.copy(beside / "ours" / scene.PICTURE, beside / "labelme")
    corner = scene.free_corner(case.width, case.height, rings)
    about = dataclasses.asdict(case) | {"instance": corner.instance, "corner": corner.number, "grab": corner.grab}
    (beside / "case.json").write_text(json.dumps(about))
    beside.rename(folder)


def table(work: Path, cases: list[Case]) -> str:
    """A row a figure and case, as Markdown; writes ``table.json`` with the same."""
    lines = [
        f"{date.today().isoformat()}, {machine()}; {_version(work)}. Frames: median / 95th percentile (processor).",
        "",
        "| instances, picture | | labelme | Maskwright | ratio |",
        "|---|---|---|---|---|",
    ]
    rows, notes = [], set()
    for case in cases:
        rounds = {side: _rounds(work, case, side) for side in SIDES}
        for side, found in rounds.items():
            notes |= {f"{case.title}, {side}: {item['failed'].splitlines()[0]}" for item in found if "failed" in item}
            notes |= {
                f"{case.title}, {side}: {PARTS[part]} ended early, the frames there are count"
                for item in found
                for part in item.get("early", ())
            }
        good = {side: [item for item in found if "failed" not in item] for side, found in rounds.items()}
        for title, cells in _figures(good):
            ratio = _ratio(cells["ours"][0] / cells["labelme"][0]) if all(cells.values()) else "–"
            words = " | ".join(_words(cells[side]) for side in SIDES)
            lines.append(f"| {case.title} | {title} | {words} | {ratio} |")
            rows.append({"case": case.name, "figure": title} | cells)
    (work / "table.json").write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1))
    return "\n".join([*lines, "", *sorted(notes)]) + "\n"


def _figures(good: dict[str, list[dict[str, Any]]]) -> list[tuple[str, dict[str, list[float]]]]:
    """Titles, and each side's figures: none where it was not measured, one, or of frames three: median and 95th
    percentile on the clock, median of the processor."""
    figures = []
    for part, title in PARTS.items():
        frames = {side: [frame for item in found for frame in item["frames"][part]] for side, found in good.items()}
        figures.append((f"{title}, ms a frame", {side: _of_frames(times) for side, times in frames.items()}))
    figures.append(("let a corner go, ms", _medians(good, lambda item: max(item["frames"]["let go"])[0])))
    for name, title in SECONDS.items():
        figures.append((title, _medians(good, lambda item, name=name: item.get(name))))
    figures.append(("most memory, opened, MiB", _medians(good, lambda item: item["memory_open"])))
    figures.append(("most memory, in the end, MiB", _medians(good, lambda item: item["memory"])))
    return figures


def _of_frames(frames: list[list[float]]) -> list[float]:
    if not frames:
        return []
    clock, processor = zip(*frames, strict=True)
    return [*np.percentile(clock, [50, 95]).tolist(), statistics.median(processor)]


def _medians(good: dict[str, list[dict[str, Any]]], figure: Any) -> dict[str, list[float]]:
    values = {side: [value for item in found if (value := figure(item)) is not None] for side, found in good.items()}
    return {side: [statistics.median(known)] if known else [] for side, known in values.items()}


def _rounds(work: Path, case: Case, side: str) -> list[dict[str, Any]]:
    files = sorted((work / "results").glob(f"{case.name}-{side}-*.json"))
    return [json.loads(file.read_text()) for file in files]


def _version(work: Path) -> str:
    """Which labelme it was."""
    known = (json.loads(file.read_text()).get("version") for file in sorted((work / "results").glob("*-labelme-*")))
    return f"labelme {next(filter(None, known), 'of an unknown version')}"


def _ratio(value: float) -> str:
    return f"{value:.2f}×" if value >= 0.1 else f"1/{1 / value:,.0f}"


def _words(cell: list[float]) -> str:
    known = [f"{value:,.0f}" if value >= 100 else f"{value:.3g}" for value in cell]
    return (" / ".join(known[:2]) + "".join(f" ({value})" for value in known[2:])) or "–"


if __name__ == "__main__":
    main()
