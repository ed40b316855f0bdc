"""The bootstrap's decisions, without network and without making a real environment."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "packaging" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """A fresh copy of the module, for a project in ``tmp_path`` that pins one package for running and one for testing.

    ``bootstrap.ran`` lists what it would have installed.
    """
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ROOT, module.VENV = tmp_path, tmp_path / ".venv"
    module.STAMP = module.VENV / "maskwright.json"
    module.PINS = {"runtime": tmp_path / "requirements.txt", "dev": tmp_path / "requirements-dev.txt"}
    module.PINS["runtime"].write_text("# numpy==1.0\nnumpy==2.4.6 \\\n    --hash=sha256:00\n")
    module.PINS["dev"].write_text("pytest==9.2.0\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    module.ran = []

    def make_venv():
        module.ran.append("venv")
        module.python().parent.mkdir(parents=True, exist_ok=True)
        module.python().touch()

    monkeypatch.setattr(module, "make_venv", make_venv)
    monkeypatch.setattr(module, "works", lambda: module.python().exists())
    monkeypatch.setattr(module, "report_libraries", lambda: None)
    monkeypatch.setattr(module, "pip", lambda title, *arguments, total=0: module.ran.append(Path(arguments[-1]).name))
    return module


def test_the_first_start_installs_and_the_second_does_nothing(bootstrap, tmp_path):
    bootstrap.prepare("runtime", "dev")
    assert bootstrap.ran == ["venv", "requirements.txt", "requirements-dev.txt", tmp_path.name]
    bootstrap.ran.clear()
    bootstrap.prepare("runtime", "dev")
    bootstrap.prepare("runtime")
    assert bootstrap.ran == []


def test_what_comes_as_source_is_made_of_what_is_installed_and_checked(bootstrap, monkeypatch):
    bootstrap.PINS["source"] = bootstrap.PINS["dev"].with_name("locked-source.txt")
    bootstrap.PINS["source"].write_text("pyvips==3.2.0\n")
    given = []
    monkeypatch.setattr(bootstrap, "pip", lambda title, *arguments, total=0: given.append(arguments))
    bootstrap.prepare("runtime", "source")
    runtime, source, _ = given
    assert {"--no-build-isolation", "--no-deps", "--require-hashes"} <= set(source)
    assert "--no-build-isolation" not in runtime and "--require-hashes" in runtime


def test_what_is_only_for_tests_is_installed_when_tests_are_asked_for(bootstrap, tmp_path):
    bootstrap.prepare("runtime")
    assert bootstrap.ran == ["venv", "requirements.txt", tmp_path.name]
    bootstrap.ran.clear()
    bootstrap.prepare("runtime", "dev")
    assert "venv" not in bootstrap.ran and "requirements-dev.txt" in bootstrap.ran


def test_changed_pins_are_installed_into_the_same_environment(bootstrap, tmp_path):
    bootstrap.prepare("runtime")
    bootstrap.ran.clear()
    bootstrap.PINS["runtime"].write_text("numpy==2.4.7\n")
    bootstrap.prepare("runtime")
    assert bootstrap.ran == ["requirements.txt", tmp_path.name]


def test_an_interrupted_install_is_not_taken_for_a_complete_one(bootstrap, monkeypatch):
    bootstrap.prepare("runtime")
    bootstrap.PINS["runtime"].write_text("numpy==2.4.7\n")

    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as during, pytest.raises(KeyboardInterrupt):
        during.setattr(bootstrap, "pip", interrupt)
        bootstrap.prepare("runtime")
    bootstrap.PINS["runtime"].write_text("numpy==2.4.6\n")  # even back at the pins of the last complete one
    bootstrap.ran.clear()
    bootstrap.prepare("runtime")
    assert "requirements.txt" in bootstrap.ran


def test_a_package_that_was_cut_off_is_forgotten_and_a_complete_one_kept(bootstrap):
    bootstrap.prepare("runtime")
    site = bootstrap.VENV / "lib" / "python3.11" / "site-packages"
    (site / "whole-1.0.dist-info").mkdir(parents=True)
    (site / "whole-1.0.dist-info" / "INSTALLER").write_text("pip")
    (site / "half-1.0.dist-info").mkdir()
    (site / "half-1.0.dist-info" / "METADATA").touch()
    bootstrap.forget_half_installed()
    assert [path.name for path in site.iterdir()] == ["whole-1.0.dist-info"]


@pytest.mark.parametrize("key", ["folder", "python"])
def test_a_moved_environment_or_one_of_another_python_is_made_anew(bootstrap, key):
    bootstrap.prepare("runtime")
    stamp = json.loads(bootstrap.STAMP.read_text())
    bootstrap.STAMP.write_text(json.dumps({**stamp, key: "another"}))
    bootstrap.ran.clear()
    bootstrap.prepare("runtime")
    assert bootstrap.ran[0] == "venv"


def test_a_broken_environment_is_made_anew(bootstrap):
    bootstrap.prepare("runtime")
    bootstrap.python().unlink()
    bootstrap.ran.clear()
    bootstrap.prepare("runtime")
    assert bootstrap.ran[0] == "venv"


def test_a_stamp_that_cannot_be_read_counts_as_none(bootstrap):
    bootstrap.prepare("runtime")
    bootstrap.STAMP.write_text("{")
    bootstrap.ran.clear()
    bootstrap.prepare("runtime")
    assert "requirements.txt" in bootstrap.ran


def test_an_old_python_is_told_what_to_do(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name if name == "python3.12" else None)
    with pytest.raises(bootstrap.BootstrapError, match=r"this is 3\.9\. This machine has python3\.12"):
        bootstrap.check_python((3, 9))
    bootstrap.check_python((3, 11))


def test_an_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))


def test_no_third_party_import():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_missing_libraries_are_named_by_their_packages(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "loads", lambda library: library not in ("libEGL.so.1", "libxcb-cursor.so.0"))
    monkeypatch.setattr(bootstrap, "has_fonts", lambda: True)
    assert bootstrap.missing_packages() == ["libegl1", "libxcb-cursor0"]
    monkeypatch.setattr(bootstrap, "has_fonts", lambda: False)
    assert bootstrap.missing_packages()[-1] == "fonts-dejavu-core"


@pytest.mark.skipif(sys.platform != "linux", reason="libraries of Linux")
def test_a_library_that_is_there_is_found_and_another_is_not(bootstrap):
    assert bootstrap.loads("libc.so.6")
    assert not bootstrap.loads("libmaskwright-is-missing.so.1")


@pytest.mark.parametrize(
    ("os_release", "debian"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12"\nID=debian\n', True),
        ("ID=ubuntu\nID_LIKE=debian\n", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ("ID=fedora\n", False),
        ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', False),
        ("", False),
    ],
)
def test_debian_and_its_children_are_recognised(bootstrap, os_release, debian):
    assert bootstrap.is_debian(os_release) is debian


def test_without_root_the_command_is_printed_and_not_run(bootstrap, monkeypatch, capsys):
    monkeypatch.undo()
    for name, value in {"missing_packages": ["libegl1"], "may_install": False, "has_apt": True}.items():
        monkeypatch.setattr(bootstrap, name, lambda value=value: value)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap, "apt_install", lambda purpose, packages: pytest.fail("ran apt"))
    bootstrap.report_libraries()
    assert "sudo apt-get install libegl1" in capsys.readouterr().err


class Terminal:
    """A standard stream at which somebody sits, or nobody."""

    def __init__(self, person):
        self.isatty = lambda: person

    def write(self, text):
        return len(text)

    def flush(self): ...


@pytest.fixture
def apt(bootstrap, monkeypatch):
    """The commands that root ran, on a Debian where libraries are missing until they are installed."""
    monkeypatch.undo()
    ran = []
    monkeypatch.setattr(bootstrap, "missing_packages", lambda: [] if ran else ["libegl1"])
    monkeypatch.setattr(bootstrap, "has_apt", lambda: True)
    monkeypatch.setattr(bootstrap, "may_install", lambda: True)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")

    def run(command, **options):
        ran.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(bootstrap.subprocess, "run", run)
    return ran


@pytest.mark.parametrize(("answer", "installs"), [("", True), ("y", True), ("n", False), ("what?", False)])
def test_root_is_asked_before_apt(bootstrap, apt, monkeypatch, answer, installs):
    asked = []
    monkeypatch.setattr(bootstrap.sys, "stdin", Terminal(True))
    monkeypatch.setattr(bootstrap.sys, "stdout", Terminal(True))
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or answer)
    bootstrap.report_libraries()
    assert asked == ["Install them with apt-get, as root? [Y/n] "]
    assert bool(apt) is installs
    assert not installs or apt[-1][-1] == "libegl1"


def test_where_nobody_can_be_asked_it_is_said_and_done(bootstrap, apt, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap.sys, "stdin", None)
    monkeypatch.setattr("builtins.input", lambda question: pytest.fail("asked nobody"))
    bootstrap.report_libraries()
    said = capsys.readouterr().out
    assert "The window needs system packages that are missing: libegl1" in said and "no terminal to ask at: yes" in said
    assert apt


def test_a_python_without_ensurepip_names_debians_package(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "may_install", lambda: False)
    with pytest.raises(bootstrap.BootstrapError, match=r"python3\.\d+-venv"):
        bootstrap.ensure_ensurepip()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Collecting torch==2.15.0 (from -r requirements.txt (line 5))", "2 of about 9 packages: torch==2.15.0"),
        ("Requirement already satisfied: numpy==2.4.6 in /x", "1 of about 9 packages: numpy==2.4.6"),
        ("  Downloading https://x.org/a/torch-2.15.0-cp311.whl (539.1 MB)", "downloading torch (539.1 MB)"),
        ("Installing collected packages: a, b, c", "unpacking 3 packages"),
        ("  Using cached something.whl (3 kB)", ""),
        ("", ""),
    ],
)
def test_pips_lines_become_what_a_person_wants_to_know(bootstrap, line, said):
    assert bootstrap.condense(line, {"numpy"}, 9) == said


def test_every_check_runs_and_one_failure_fails_the_whole(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(bootstrap, "prepare", lambda *sets: None)
    calls = []

    def call(command, *, env, **options):
        calls.append((command, env["QT_QPA_PLATFORM"]))
        return 1 if "mypy" in command[0] else 0

    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    assert bootstrap.test(["tests/core", "-x"]) == 1
    assert [Path(command[0]).stem for command, _ in calls] == ["ruff", "ruff", "mypy", "lint-imports", "python"]
    assert calls[-1][0][1:] == ["-m", "pytest", "tests/core", "-x"]
    assert {platform for _, platform in calls} == {"offscreen"}
    assert "Failed: types" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "runs"), [("demo", ["maskwright", "demo", "--keep"]), ("app", ["python", "-P", "-m", "app", "--keep"])]
)
def test_what_follows_is_passed_on(bootstrap, monkeypatch, command, runs):
    monkeypatch.setattr(bootstrap, "prepare", lambda *sets: None)
    monkeypatch.setattr(bootstrap, "become", lambda line: [Path(line[0]).stem, *line[1:]])
    assert bootstrap.main([command, "--keep"]) == runs


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["fly"], 2), (["--help"], 0), (["setup", "now"], 1)])
def test_wrong_words_are_answered_with_help(arguments, status):
    done = subprocess.run([sys.executable, str(SCRIPT), *arguments], capture_output=True, text=True, timeout=30)
    assert done.returncode == status
    assert "bootstrap.py demo" in done.stdout or "setup takes nothing more" in done.stderr


def test_two_processes_share_the_tests_and_each_runs_once(tmp_path):
    """Of many small files: each of the two runs some, from its end."""
    for name in "abcdefgh":
        (tmp_path / f"test_{name}.py").write_text(
            f"import time\ndef test_one(): time.sleep(0.05)\ndef test_{name}(): time.sleep(0.05)\n"
        )
    shutil.copy(SCRIPT.parents[1] / "tests" / "conftest.py", tmp_path)
    taken = tmp_path / "taken"
    taken.mkdir()
    command = [sys.executable, "-m", "pytest", "-vp", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    shared = os.environ | {"MASKWRIGHT_TESTS_TAKEN": str(taken)}
    two = [
        subprocess.Popen(
            command, cwd=tmp_path, env=shared | {"MASKWRIGHT_TESTS_FROM": begin}, stdout=subprocess.PIPE, text=True
        )
        for begin in ("end", "start")
    ]
    from_end, from_start = (
        re.findall(r"test_(\w).py::\S+ PASSED", process.communicate(timeout=120)[0]) for process in two
    )
    assert sorted(from_end + from_start) == sorted("abcdefgh" * 2)
    assert from_start == sorted(from_start) and from_end == sorted(from_end, reverse=True)
    assert [process.returncode for process in two] == [0, 0]
