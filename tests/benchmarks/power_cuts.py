"""The power fails while somebody annotates: a real disk, as far as it was written, is looked at afterwards.

    sudo python tests/benchmarks/power_cuts.py [--cuts 40] [--seed 0]

Dataset and home lie on an ext4 file system in a file (Linux, root). A process edits and saves, and says what it has
done. At a random moment it is stopped and the file is copied as it is: what the kernel had not written yet is not in
it, as after a power failure. The copy is mounted in the place of the disk and the dataset opened. All that had been
saved, and all edits older than a second and a half, must be there. Prints what was lost, which should be nothing.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
_SIZE = 48 << 20
_SURE_AFTER = 1.5
"""Seconds: the journal is synchronised every second."""

WORK = """
import json, random, sys, time
from pathlib import Path
from core.annotation.editing import classes
from core.annotation.storage.recovery import open_draft
from core.annotation.storage.saving import save
from core.dataset import open_dataset
from tests.core.annotation.edits import add, square

dice = random.Random(int(sys.argv[2]))
opened = open_draft(open_dataset(Path(sys.argv[1])))
draft = opened.draft
say = lambda **what: print(json.dumps(what | {"at": time.monotonic()}), flush=True)
draft.apply(classes.add(draft, "nut")[0])
while True:
    id = draft.new_id(0)
    draft.apply(add(draft, 0, square(dice.randrange(200), dice.randrange(200), category=1), id))
    say(drawn=id)
    time.sleep(dice.choice((0.0, 0.01, 0.05)))
    if dice.random() < 0.1:
        snapshot = draft.snapshot()
        save(snapshot, opened.journal)
        draft.saved(snapshot)
        say(saved=id)
"""

LOOK = """
import json, sys
from pathlib import Path
from core.annotation.storage.recovery import open_draft
from core.dataset import open_dataset

opened = open_draft(open_dataset(Path(sys.argv[1])))
recovered = opened.recovered
print(json.dumps({
    "there": list(opened.draft.annotations(0)),
    "rescued": recovered.edits if recovered else 0,
    "accused": list(recovered.changed_files) + list(recovered.reasons) if recovered else [],
    "undo": opened.history.done,
}))
opened.journal.close()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    lost = drawn = rescued = beyond = 0
    for number in range(options.cuts):
        with tempfile.TemporaryDirectory() as scratch:
            said, found = _cut(Path(scratch), number, dice.uniform(0.2, 6.0))
        drawn += len(said["drawn"])
        rescued += found["rescued"]
        missing = set(said["sure"]) - set(found["there"])
        beyond += len(set(found["there"]) - set(said["sure"]))
        if missing or found["accused"] or found["undo"] != len(found["there"]) + 1:
            lost += 1
            print(f"cut {number}: {sorted(missing)} missing; {found['accused']}; undo {found['undo']}", flush=True)
    print(
        f"{options.cuts} power cuts while {drawn} instances were drawn: {rescued} edits came from the journal; of the "
        f"last moment {beyond} instances were there too; cuts after which something was missing: {lost}"
    )
    sys.exit(lost > 0)


def _cut(scratch: Path, seed: int, seconds: float) -> tuple[dict, dict]:
    """What a process had said when the power failed after ``seconds``, and what is found on the disk."""
    image, disk = scratch / "disk.img", scratch / "disk"
    disk.mkdir()
    with image.open("wb") as file:
        file.truncate(_SIZE)
    _run("mkfs.ext4", "-q", image)
    _run("mount", "-o", "loop", image, disk)
    try:
        folder = disk / "pictures"
        folder.mkdir()
        cv2.imwrite(str(folder / "1.png"), np.zeros((240, 240, 3), np.uint8))
        os.sync()
        said = _work(disk, folder, image, seed, seconds)
    finally:
        _run("umount", disk)
    _run("mount", "-o", "loop", scratch / "copy.img", disk)
    try:
        return said, json.loads(_python(LOOK, disk, folder, stdout=subprocess.PIPE).communicate()[0])
    finally:
        _run("umount", disk)


def _work(disk: Path, folder: Path, image: Path, seed: int, seconds: float) -> dict:
    log = image.with_name("said.jsonl")
    with log.open("wb") as output:
        process = _python(WORK, disk, folder, seed, stdout=output)
    while not log.read_bytes():
        time.sleep(0.02)
    time.sleep(seconds)
    process.send_signal(signal.SIGSTOP)
    now = time.monotonic()
    shutil.copyfile(image, image.with_name("copy.img"))
    process.kill()
    process.wait()
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]
    drawn = [line["drawn"] for line in lines if "drawn" in line]
    saved = max((line["saved"] for line in lines if "saved" in line), default=0)
    sure = [
        line["drawn"]
        for line in lines
        if "drawn" in line and (line["drawn"] <= saved or line["at"] < now - _SURE_AFTER)
    ]
    return {"drawn": drawn, "sure": sure}


def _python(script: str, disk: Path, *arguments: object, stdout: object) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    environment = os.environ | {"MASKWRIGHT_HOME": str(disk / "home")}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout)


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True)


if __name__ == "__main__":
    main()
