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


LOCKS = {"requirements.txt": ("locked.txt", "locked-source.txt"), "requirements-dev.txt": ("locked-dev.txt",)}


def locked(file):
    """Version, marker and hashes of each package in the files that are installed from, as pip reads them."""
    text = "".join((ROOT / "packaging" / lock).read_text() for lock in LOCKS[file])
    entries = [line for line in text.replace("\\\n", "").splitlines() if line and not line.startswith("#")]
    found = {}
    for entry in entries:
        words = entry.split()
        name, version = words[0].split("==")
        hashes = {word for word in words if word.startswith("--hash=")}
        marker = " ".join(word for word in words[1:] if word not in hashes)
        found[canonical(name)] = version, marker, hashes
    return found


@pytest.mark.parametrize("file", FILES)
def test_what_is_installed_is_what_is_pinned_with_its_hashes(file):
    found = locked(file)
    assert {name: version for name, (version, marker, _) in found.items() if not marker} == pins(file)
    for name, (_, marker, hashes) in found.items():
        assert hashes and all(re.fullmatch("--hash=sha256:[0-9a-f]{64}", word) for word in hashes), name
        assert not marker or marker.startswith(";"), f"{name} is for some systems only"


def test_no_lock_names_a_host():
    for file in sum(LOCKS.values(), ()):
        assert "//" not in (ROOT / "packaging" / file).read_text()


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
