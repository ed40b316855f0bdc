"""Opening a COCO file of the size of COCO's training set, against ``pycocotools``: seconds and peak memory.

    python tests/benchmarks/open_coco.py [--images 50000] [--instances 360000] [--repeats 3]

Each reader runs in a process of its own, in turns; the best time and the largest peak count. The goal is a fifth of the
time and a third of the memory. Exits with 1 when it is missed.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[2]
VARIANTS = 3_000


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--instances", type=int, default=360_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--read", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        say(json.dumps(read(*arguments.read)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instances_train.json"
        write(file, arguments.images, arguments.instances)
        say(f"{arguments.images:,} images, {arguments.instances:,} instances, {file.stat().st_size / 1e6:.0f} MB")
        figures = measure(file, arguments.repeats)
    for name, (seconds, peak) in figures.items():
        say(f"{name:12} {seconds:6.2f} s {peak:7.0f} MiB")
    ours, theirs = figures["maskwright"], figures["pycocotools"]
    time_share, memory_share = ours[0] / theirs[0], ours[1] / theirs[1]
    say(f"time 1/{1 / time_share:.1f}, memory 1/{1 / memory_share:.1f}")
    return int(time_share > 1 / 5 or memory_share > 1 / 3)


def measure(file: Path, repeats: int) -> dict[str, tuple[float, float]]:
    """Best seconds and largest peak (MiB) of each reader."""
    runs: dict[str, list[tuple[float, float]]] = {"pycocotools": [], "maskwright": []}
    for _ in range(repeats):
        for name, results in runs.items():
            command = [sys.executable, __file__, "--read", name, str(file)]
            answer = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True).stdout
            results.append(tuple(json.loads(answer.splitlines()[-1])))
    return {name: (min(s for s, _ in results), max(p for _, p in results)) for name, results in runs.items()}


def read(reader: str, file: str) -> tuple[float, float]:
    """Open ``file``; seconds without the imports, and the peak memory of this process in MiB."""
    if reader == "pycocotools":
        from pycocotools.coco import COCO

        start = time.perf_counter()
        images = len(COCO(file).imgs)
    else:
        sys.path.insert(0, str(FOLDER))
        from core.dataset import open_dataset

        start = time.perf_counter()
        images = len(open_dataset(Path(file)).images)
    seconds = time.perf_counter() - start
    assert images > 0
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


def write(file: Path, images: int, instances: int, sizes: Sequence[tuple[int, int]] = ((480, 640),)) -> None:
    """A file like COCO's: polygons of 4 to 300 points, a tenth in several parts, a few crowds, gaps in the ids. Image
    ``n`` has the size (height, width) ``n`` of ``sizes``, which begin again at their end."""
    chance = random.Random(0)
    categories = [{"supercategory": "thing", "id": 2 * n + 1, "name": f"class {n}"} for n in range(80)]
    shapes = [json.dumps(shape(chance))[1:-1] for _ in range(VARIANTS)]
    with file.open("w") as out:
        out.write('{"info": {"description": "synthetic"}, "licenses": [], "images": [')
        out.write(
            ", ".join(
                f'{{"license": 3, "file_name": "{n:012}.jpg", "coco_url": "http://images.example/{n:012}.jpg", '
                f'"height": {sizes[n % len(sizes)][0]}, "width": {sizes[n % len(sizes)][1]}, '
                f'"date_captured": "2013-11-14 11:18:45", "id": {n}}}'
                for n in range(1, images + 1)
            )
        )
        out.write('], "annotations": [')
        for n in range(1, instances + 1):
            image, category = chance.randint(1, images), 2 * chance.randrange(80) + 1
            height, width = sizes[image % len(sizes)]
            fields = chance.choice(shapes).replace('"size": [480, 640]', f'"size": [{height}, {width}]')
            text = f'{{{fields}, "image_id": {image}, "category_id": {category}, "id": {n}}}'
            out.write(text if n == 1 else ", " + text)
        out.write(f'], "categories": {json.dumps(categories)}}}')


def shape(chance: random.Random) -> dict[str, object]:
    """Segmentation, box, area and crowd of one instance."""
    box = [round(chance.uniform(0, 300), 2) for _ in range(4)]
    parts = 1 + (chance.random() < 0.1)
    points = min(max(int(chance.lognormvariate(3.05, 0.6)), 4), 300)
    polygons = [[round(chance.uniform(0, 480), 2) for _ in range(2 * max(points // parts, 3))] for _ in range(parts)]
    if chance.random() < 0.01:
        counts = [chance.randint(1, 2000) for _ in range(200)]
        return {"segmentation": {"counts": counts, "size": [480, 640]}, "area": 9000, "iscrowd": 1, "bbox": box}
    return {"segmentation": polygons, "area": round(box[2] * box[3] * 0.7, 5), "iscrowd": 0, "bbox": box}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
