"""The pinned versions fit the project file and what is installed."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = {name: ROOT / "packaging" / name for name in ("requirements.txt", "requirements-dev.txt")}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file):
    lines = [line for line in FILES[file].read_text().splitlines() if line and not line.startswith("#")]
    return {canonical(line.split("==")[0]): line.split("==")[1] for line in lines}


def requirements(which):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return project["dependencies"] if which == "requirements.txt" else project["optional-dependencies"]["dev"]


def release(version):
    return tuple(int(part) for part in version.split("."))


@pytest.mark.parametrize("file", FILES)
def test_every_line_is_a_name_and_a_version(file):
    for line in FILES[file].read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line), line


@pytest.mark.parametrize("file", FILES)
def test_every_dependency_is_pinned_within_its_range(file):
    found = pins(file)
    for requirement in requirements(file):
        name, low = re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", requirement).groups()
        assert canonical(name) in found, f"{name} is not pinned in {file}"
        assert release(found[canonical(name)]) >= release(low)


def test_no_package_is_pinned_twice():
    assert not set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))


def test_what_builds_the_project_is_pinned():
    assert release(pins("requirements.txt")["setuptools"]) >= (77,)


@pytest.mark.parametrize("file", FILES)
def test_what_runs_here_is_what_is_pinned(file):
    installed = {canonical(d.metadata["Name"]): d.version for d in importlib.metadata.distributions()}
    differing = {name: (version, installed.get(name)) for name, version in pins(file).items()}
    assert {name: both for name, both in differing.items() if both[0] != both[1]} == {}
