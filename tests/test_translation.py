"""What people read is ready to be translated: whole sentences, found by an extractor, said in the person's language.

The language of the test puts ⟦ and ⟧ around each sentence; what stands outside them was never given to a translator.
"""

import ast
import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from recipe_texts import extract as recipe_texts

from core.cli.console import TITLES

ROOT = Path(__file__).parents[1]
KEYWORDS = {"tr": None, "tr_n": (1, 2)}
EXTRACTED = [("app", "**.py", "python"), ("core", "**.py", "python"), ("resources/recipes", "**.yaml", recipe_texts)]
MODULES = [file for name in ("app", "core") for file in sorted((ROOT / name).rglob("*.py"))]

UNTRANSLATED = re.compile(r"[^\W\d_]{2,}")
SAME_EVERYWHERE = re.compile(
    r"Maskwright|OpenVINO|PyTorch|COCO|ONNX|IR|GPU|CPU|Mask R-CNN|RTMDet\S*(?: tiny)?|SAM|mAP50|mAP|px"
    r"|ms|MB|GB|Ctrl|Shift|Alt|Esc"
    r"|ResNet\S*|EfficientNet\S*|Swin\S*|AP|Del|Backspace|Return|Enter|Space"
    r"|\b(?:sample|bolt|coin|gear|nut|washer|train|val|test)\b"
    r"|https?://\S+|[\w-]+\.(?:png|jpg|json|yaml)|[\w.-]*/[\w./-]+|\b[a-z]+_[a-z_0-9]+\b"
)
"""Names and units that every language writes alike, what the sample calls its classes and splits, files, paths, and
keys of settings."""


def calls(names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def fields_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_an_extractor_finds_every_sentence_and_its_fields_are_filled():
    wrong = []
    for place, call in calls({"tr", "tr_n"}):
        sentences = call.args[: 1 if call.func.id == "tr" else 2]
        if not all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in sentences):
            wrong.append(f"{place}: not a literal")
            continue
        given = {keyword.arg for keyword in call.keywords} | ({"n"} if call.func.id == "tr_n" else set())
        for each in sentences:
            fields = fields_of(each.value) if call.func.id == "tr_n" or call.keywords else set()
            if fields - given or (call.func.id == "tr" and fields != given):
                wrong.append(f"{place}: {each.value!r} has {sorted(fields)}, is given {sorted(given)}")
    assert not wrong, "\n".join(wrong)


def test_no_sentence_begins_or_ends_in_the_middle():
    """A piece that is put together with others has a blank at an end; no translator could place it."""
    pieces = [
        f"{place}: {each.value!r}"
        for place, call in calls({"tr", "tr_n"})
        for each in call.args[:2]
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value.strip() != each.value
    ]
    assert not pieces, "\n".join(pieces)


def test_every_figure_at_the_end_of_a_job_has_a_title():
    keys = set()
    for file in MODULES:
        for node in ast.walk(ast.parse(file.read_text())):
            found = node.value if isinstance(node, ast.keyword) and node.arg == "summary" else None
            if isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "Summary":
                found = node.value
            if (
                isinstance(node, ast.FunctionDef)
                and node.returns is not None
                and ast.unparse(node.returns) == "Summary"
            ):
                found = node
            for each in ast.walk(found) if found is not None else ():
                if isinstance(each, ast.Dict):
                    keys |= {key.value for key in each.keys if isinstance(key, ast.Constant)}
    assert {"map", "found", "suggestions"} <= keys
    assert keys <= TITLES.keys(), "named by their keys, in no language"


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, list[str]]:
    """What the window and the command say in a language that marks each sentence."""
    folder = tmp_path_factory.mktemp("translations")
    catalogue = Catalog(locale="en", domain="maskwright")
    for place, files, method in EXTRACTED:
        for _, _, message, _, _ in extract_from_dir(ROOT / place, [(files, method)], keywords=KEYWORDS):
            marked = tuple(f"⟦{each}⟧" for each in message) if isinstance(message, tuple) else f"⟦{message}⟧"
            catalogue.add(message, marked)
    place = folder / "xx" / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "maskwright.mo").open("wb") as file:
        write_mo(file, catalogue)
    own = {"MASKWRIGHT_TRANSLATIONS": str(folder), "LANGUAGE": "xx", "MASKWRIGHT_HOME": str(folder / "home")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.everything_said", str(folder)],
        cwd=ROOT,
        env=os.environ | own | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def outside(text: str) -> str:
    """What of a text no translator was given."""
    depth, rest = 0, []
    for letter in SAME_EVERYWHERE.sub("", text):
        depth += (letter == "⟦") - (letter == "⟧")
        if depth == 0:
            rest.append(letter)
    return "".join(rest)


@pytest.mark.parametrize(
    "where", ["home", "dataset", "annotate", "train", "evaluate", "deploy", "shortcuts", "menus", "command"]
)
def test_every_sentence_is_said_in_the_language_of_the_person(said, where):
    assert said[where]
    untranslated = [text for text in said[where] if UNTRANSLATED.search(outside(text))]
    assert not untranslated, "\n".join(untranslated)
