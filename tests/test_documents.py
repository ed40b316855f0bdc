"""The documents say what is true of the code: paths, modules, floors and command lines in them exist."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from core.cli.commands import app
from core.recipes.fields import fields

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = [file for name in ("app", "core", "packaging", "resources") for file in (ROOT / name).rglob("__init__.py")]
MODULES = [file for name in ("app", "core", "packaging") for file in (ROOT / name).rglob("*.py")]

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
PATH = re.compile(r"(?<![\w/.~…-])(?:app|core|docs|maskwright|packaging|resources|tests)/[\w/.-]*\w")
DOTTED = re.compile(r"`(?:python -P? ?-m )?((?:app|core)(?:\.\w+)+)")
SETTING = re.compile(r"--set (?!name=)([a-z_0-9]+)=")
COMMAND = re.compile(r"(?:^|[`/ ])(?<!-m )maskwright +([a-z][^`#|\n]*)", re.MULTILINE)


def of_documents(pattern: re.Pattern[str]) -> list[tuple[Path, str]]:
    return [(file, found) for file in DOCUMENTS for found in pattern.findall(file.read_text().replace("\\\n", " "))]


def named(found: list[tuple[Path, str]]) -> list[str]:
    return [f"{file.relative_to(ROOT)}: {what}" for file, what in found]


@cache
def names_in(file: Path) -> dict[str, set[str]]:
    """What a module has at its top, each with what it has in turn where it is a class."""
    return {name: members for node in ast.parse(file.read_text()).body for name, members in names_of(node)}


def names_of(node: ast.stmt) -> Iterator[tuple[str, set[str]]]:
    match node:
        case ast.ClassDef():
            yield node.name, {name for inner in node.body for name, _ in names_of(inner)}
        case ast.FunctionDef():
            yield node.name, set()
        case ast.Assign():
            yield from ((target.id, set()) for target in node.targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, set()
        case ast.ImportFrom():
            yield from ((each.asname or each.name, set()) for each in node.names)


def is_there(dotted: str) -> bool:
    """Whether ``core.some.module``, a name in one, or a member of a class in one exists."""
    parts = dotted.split(".")
    path = ROOT
    for number, part in enumerate(parts):
        if (path / part).is_dir():
            path /= part
            continue
        module = path / f"{part}.py"
        rest = parts[number + 1 :] if module.is_file() else parts[number:]
        names = names_in(module if module.is_file() else path / "__init__.py")
        return not rest or (rest[0] in names and (len(rest) == 1 or rest[1] in names[rest[0]]))
    return True


def test_links_lead_somewhere():
    assert named([(file, link) for file, link in of_documents(LINK) if not (file.parent / link).exists()]) == []


def test_paths_are_those_of_the_tree():
    assert named([(file, path) for file, path in of_documents(PATH) if not (ROOT / path).exists()]) == []


def test_modules_and_names_in_documents_exist():
    assert named([(file, name) for file, name in of_documents(DOTTED) if not is_there(name)]) == []


def test_modules_and_names_in_docstrings_exist():
    found = [(file, name) for file in MODULES for name in DOTTED.findall(file.read_text()) if not is_there(name)]
    assert named(found) == []


@pytest.mark.parametrize("line", dict.fromkeys(line.strip() for _, line in of_documents(COMMAND)))
def test_command_lines_parse(line):
    group = get_command(app)
    context = group.context_class(group, info_name="maskwright")
    name, *arguments = line.split()
    command = group.get_command(context, name)
    assert command is not None
    command.make_context(name, arguments, parent=context)


def test_settings_exist():
    known = {field.name for field in fields()}
    assert named([(file, name) for file, name in of_documents(SETTING) if name not in known]) == []


def test_the_tree_has_a_line_for_each_room():
    text = (ROOT / "docs" / "architecture.md").read_text()
    path: list[str] = []
    told = set()
    for indent, name in re.findall(r"^((?:  )*)([a-z_]+)/(?:  |$)", text, re.MULTILINE):
        path = [*path[: len(indent) // 2], name]
        told.add("/".join(path))
    rooms = {
        str(folder.relative_to(ROOT))
        for package in ("core", "app", "core/dataset", "core/annotation")
        for folder in (ROOT / package).iterdir()
        if (folder / "__init__.py").is_file()
    }
    assert rooms - told == set()
    assert [room for room in told if not (ROOT / room).is_dir()] == []


def test_the_floors_are_those_of_the_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    text = (ROOT / "docs" / "architecture.md").read_text()
    told = [
        [re.findall(r"`(\w+)`", line) for line in block.splitlines()]
        for block in re.findall(r"top first:\n\n((?:\d+\. .*\n)+)", text)
    ]
    layers = [each["layers"] for each in contracts if each["type"] == "layers"]
    for name, floors in zip(("core.", "app."), told, strict=True):
        wanted = next(found for found in layers if found[0].startswith(name))
        assert floors == [[room.strip().removeprefix(name) for room in layer.split("|")] for layer in wanted]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda file: str(file.parent.relative_to(ROOT)))
def test_each_package_says_what_is_in_it(package):
    assert ast.get_docstring(ast.parse(package.read_text()))


def test_the_readme_stays_short():
    assert (ROOT / "README.md").stat().st_size <= 9000
