"""Each of the files that are made to do harm ends in words, or with what is left of the dataset, within a bound of
memory, and nothing outside of the folder is touched. The campaign over thousands of damaged ones is
``tests/benchmarks/format_fuzz.py``."""

import json
import subprocess
import sys

import pytest

from tests.core.dataset.formats.hostile_files import CASES

MOST_MIB = 6144
"""Address space of the process that reads; what it loads takes most of it."""
READ = """
import json, resource, sys
from pathlib import Path
from core.dataset.folder.folder_tree import FolderTree
from core.dataset.formats import recognise
from core.dataset.formats.coco_folder import write_coco_folder
from core.dataset.formats.recognition import read_all
from core.errors import UserError
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]) << 20,) * 2)
for folder in sorted(Path(sys.argv[1]).iterdir()):
    source, told = folder / "set", []
    try:
        (format, *_) = recognise(FolderTree(source))
        told = write_coco_folder(read_all(format, FolderTree(source)), folder / "coco", format.key)
        files = (folder / "coco").glob("annotations/*.json")
        ended = str(sum(len(json.loads(file.read_text())["annotations"]) for file in files))
    except UserError as error:
        ended = f"error {error.message}"
    print(json.dumps([ended, [f"{each.entry} {each.message}" for each in told]]), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, tuple[str, list[str]]]:
    """How each case ended: the number of annotations that were read or the error, and what was said besides."""
    place = tmp_path_factory.mktemp("hostile")
    for number, (make, _) in enumerate(CASES.values()):
        (place / f"{number:03}").mkdir()
        make(place / f"{number:03}" / "set")
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    command = [sys.executable, "-P", "-c", READ, str(place), str(MOST_MIB)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    names = list(CASES)
    assert len(lines) == len(names), f"{names[len(lines)]}: {done.stderr[-2000:]}"
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert {path.name for path in place.glob("*/*")} <= {"set", "coco", ".coco.unfinished", "secret"}
    brought = [path for path in place.glob("*/coco/images/**/*") if path.is_file()]
    assert brought and all(path.read_bytes()[:4] == b"\x89PNG" for path in brought)  # nothing of somebody else
    return dict(zip(names, lines, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_it_ends_in_words_or_with_what_can_be_used(name: str, outcomes):
    expected = CASES[name][1]
    ended, told = outcomes[name]
    if expected.startswith("error"):
        assert ended.startswith("error") and expected.removeprefix("error ") in ended
    elif expected:
        assert ended == expected, told
    assert ended != "0" or told
