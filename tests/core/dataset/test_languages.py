"""What is kept on the disk, or compared, is the same in every language; what people read is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo

from tests.core.dataset.builders import annotation, coco, image

ROOT = Path(__file__).parents[3]
OPEN = """
import json, sys
from pathlib import Path
from core.dataset import open_dataset
from core.dataset.fingerprint import fingerprint
dataset = open_dataset(Path(sys.argv[1]))
kept = {
    "file": dataset.files[0].data.decode(),
    "classes": [category.name for category in dataset.categories],
    "splits": dataset.splits,
    "fingerprint": fingerprint(dataset).counts,
}
said = [text for problem in dataset.problems for text in (problem.entry, problem.message, problem.hint) if text]
print(json.dumps({"kept": kept, "said": said}))
"""


@pytest.fixture(scope="module")
def translations(tmp_path_factory) -> Path:
    """A language that puts each sentence between marks."""
    folder = tmp_path_factory.mktemp("translations")
    catalogue = Catalog(locale="en", domain="maskwright")
    keywords = {"tr": None, "tr_n": (1, 2)}
    for _, _, message, _, _ in extract_from_dir(ROOT / "core" / "dataset", [("**.py", "python")], keywords=keywords):
        forms = (message,) if isinstance(message, str) else message
        marked = tuple(f"⟦{form}⟧" for form in forms)
        catalogue.add(message, marked[0] if isinstance(message, str) else marked)
    file = folder / "xx" / "LC_MESSAGES" / "maskwright.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, catalogue)
    return folder


def opened(folder: Path, **environment: str) -> dict:
    command = [sys.executable, "-c", OPEN, str(folder)]
    answer = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def test_what_is_kept_is_the_same_in_every_language(tmp_path, translations):
    plain, annotated = tmp_path / "plain", tmp_path / "annotated"
    for folder in (plain, annotated):
        folder.mkdir()
        cv2.imwrite(str(folder / "1.png"), np.zeros((20, 30, 3), np.uint8))
    (plain / "film.gif").write_bytes(b"GIF8")
    content = coco([image(1, "1.png"), image(2, "gone.png")], [annotation(1, 1)])
    del content["categories"]
    (annotated / "instances.json").write_text(json.dumps(content))
    for folder in (plain, annotated):
        english = opened(folder, LANGUAGE="en")
        other = opened(folder, LANGUAGE="xx", MASKWRIGHT_TRANSLATIONS=str(translations))
        assert other["kept"] == english["kept"]
        assert len(other["said"]) == len(english["said"]) > 0
        assert all(
            "⟦" in text and "⟦" not in in_english
            for text, in_english in zip(other["said"], english["said"], strict=True)
        )
