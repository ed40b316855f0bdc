#!/usr/bin/env python3
"""Set up Maskwright and run it, with nothing but Python installed.

    python3 packaging/bootstrap.py demo     train, evaluate and export on a sample, without display or network
    python3 packaging/bootstrap.py app      open the window
    python3 packaging/bootstrap.py test     lint, types, import contracts, tests
    python3 packaging/bootstrap.py setup    only make the environment

What follows is passed on (``bootstrap.py test tests/core``). The first start makes ``.venv`` beside this folder and
installs the pinned versions into it, each file checked by its SHA-256; later ones find it complete and start at once.
An install that was interrupted goes on where it stopped. Needs Python 3.11; older ones read this file too, to be told
so. On Debian and its children root is asked whether system libraries that are missing may be installed; where nobody
can be asked, they are, and it is said.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "maskwright.json"
PINS = {
    "runtime": ROOT / "packaging" / "locked.txt",
    "source": ROOT / "packaging" / "locked-source.txt",
    "dev": ROOT / "packaging" / "locked-dev.txt",
}
OLDEST = (3, 11)
FROM_SOURCE = ("--no-build-isolation", "--no-deps")
"""Options of pip for packages that are made here: otherwise it would fetch, unchecked, what makes them."""
OTHERS = "tests, from the other end"
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
WINDOWS = os.name == "nt"

QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
"""What Qt's Linux wheels expect of the system, and the Debian package that has it."""


class BootstrapError(Exception):
    """Something that ends the start, in words for a person."""


def main(arguments: list[str]) -> int:
    """Run one command; the exit status."""
    commands = {"demo": demo, "app": app, "test": test, "setup": setup}
    if not arguments or arguments[0] not in commands:
        print(__doc__)
        return 0 if arguments and arguments[0] in ("-h", "--help") else 2
    try:
        check_python(sys.version_info[:2])
        return commands[arguments[0]](arguments[1:])
    except BootstrapError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from here.", file=sys.stderr)
        return 130


def demo(arguments: list[str]) -> int:
    prepare("runtime", "source")
    return become([script("maskwright"), "demo", *arguments])


def app(arguments: list[str]) -> int:
    prepare("runtime", "source")
    return become([str(python()), "-P", "-m", "app", *arguments])


def setup(arguments: list[str]) -> int:
    if arguments:
        raise BootstrapError(f"setup takes nothing more, not {' '.join(arguments)}")
    prepare("runtime", "source", "dev")
    print(f"{VENV} is ready.")
    return 0


def test(arguments: list[str]) -> int:
    """All checks, also after one has failed; ``arguments`` go to pytest. Without any, two processes share the tests:
    one begins at the end while the others are checked, and takes files until both meet (``tests/conftest.py``)."""
    prepare("runtime", "source", "dev")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with tempfile.TemporaryDirectory() as taken, tempfile.TemporaryFile() as output:
        beside = None
        if not arguments:
            environment |= {"MASKWRIGHT_TESTS_TAKEN": taken, "OMP_NUM_THREADS": "1"}  # most keep one core busy
            beside = subprocess.Popen(
                pytest(),
                cwd=ROOT,
                env={**environment, "MASKWRIGHT_TESTS_FROM": "end"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            failed = [name for name, command in checks(arguments) if not passes(name, command, environment)]
        except BaseException:
            if beside:
                beside.kill()
            raise
        if beside:
            status = beside.wait()
            output.seek(0)
            print("\n── " + OTHERS + "\n" + output.read().decode(errors="replace"), flush=True)
            failed += [OTHERS] if status else []
    print("\nFailed: " + ", ".join(failed) if failed else "\nAll passed.")
    return 1 if failed else 0


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one check in sight of the person."""
    print(f"\n── {name}", flush=True)
    began = time.monotonic()
    status = subprocess.call(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL)
    print(f"── {name}: {'passed' if status == 0 else 'FAILED'} ({time.monotonic() - began:.0f} s)", flush=True)
    return status == 0


def checks(arguments: list[str]) -> list[tuple[str, list[str]]]:
    """The steps of ``test``: name and command."""
    return [
        ("lint", [script("ruff"), "check", "."]),
        ("format", [script("ruff"), "format", "--check", "."]),
        ("types", [script("mypy")]),
        ("import contracts", [script("lint-imports")]),
        ("tests", pytest(*arguments)),
    ]


def pytest(*arguments: str) -> list[str]:
    """The command that runs tests."""
    return [str(python()), "-m", "pytest", *arguments]


# ---------------------------------------------------------------------------------------------------- the environment


def python() -> Path:
    """The interpreter of ``.venv``."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def script(name: str) -> str:
    """A command installed in ``.venv``."""
    return str(python().with_name(name + (".exe" if WINDOWS else "")))


def check_python(version: tuple[int, int]) -> None:
    if version >= OLDEST:
        return
    newer = [name for name in (f"python3.{minor}" for minor in (13, 12, 11)) if shutil.which(name)]
    advice = (
        f"This machine has {newer[0]}: start with that."
        if newer
        else "Install one from https://www.python.org/downloads/ or with your system's packages."
    )
    raise BootstrapError(f"Maskwright needs Python 3.11 or newer; this is {version[0]}.{version[1]}. {advice}")


def prepare(*sets: str) -> None:
    """Make ``.venv`` hold the named sets of pins; at once when it does already."""
    report_libraries()
    stamp, wanted = read_stamp(), wanted_stamp(sets)
    if python().exists() and all(stamp.get(key) == value for key, value in wanted.items()):
        return
    began = time.monotonic()
    keep = {key: value for key, value in stamp.items() if key in PINS and key not in sets}
    if any(stamp.get(key, wanted[key]) != wanted[key] for key in ("folder", "python")) or not works():
        keep = {}
        make_venv()
    STAMP.unlink(missing_ok=True)  # until everything is in place again
    forget_half_installed()
    for name in sets:
        options = FROM_SOURCE if name == "source" else ()
        arguments = (*options, "--require-hashes", "-r", str(PINS[name]))
        pip(f"Installing the {name} packages", *arguments, total=len(pins(PINS[name])))
    pip("Installing Maskwright itself", *FROM_SOURCE, "-e", str(ROOT))
    STAMP.write_text(json.dumps({**keep, **wanted}, indent=2), encoding="utf-8")
    print(f"Ready after {time.monotonic() - began:.0f} s.", flush=True)


def wanted_stamp(sets: tuple[str, ...]) -> dict[str, str]:
    """What the stamp of a complete environment says. It names its folder: commands in a moved ``.venv`` are broken."""
    digests = {name: hashlib.sha256(PINS[name].read_bytes()).hexdigest() for name in sets}
    project = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    return {"folder": str(VENV), "python": VERSION, "project": project, **digests}


def read_stamp() -> dict[str, str]:
    """What was installed completely, empty when nothing was."""
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def pins(path: Path) -> list[str]:
    """The ``name==version`` of each pin in a file; hashes follow on lines of their own."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if "==" in line and not line.startswith((" ", "#"))]


def works() -> bool:
    """Whether ``.venv`` has the Python that runs this, and a pip that starts."""
    code = "import pip, sys; sys.exit(sys.argv[1] != '%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.call([str(python()), "-P", "-c", code, VERSION], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def make_venv() -> None:
    enough = 7 if sys.platform == "linux" else 3
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < enough:
        raise BootstrapError(f"{ROOT} has {free:.1f} GB of free disk; the environment needs about {enough} GB.")
    ensure_ensurepip()
    print(f"Making {VENV} with Python {sys.version.split()[0]}", flush=True)
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    done = subprocess.run([sys.executable, "-P", "-m", "venv", str(VENV)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise BootstrapError(f"The environment could not be made:\n{done.stdout}{done.stderr}")


def ensure_ensurepip() -> None:
    """Debian keeps a part of Python that environments need in a package of its own."""
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python{VERSION}-venv"
    if may_install() and apt_install("Making the environment", [package]):
        return
    raise BootstrapError(f"This Python cannot make environments. {advice([package])}")


def forget_half_installed() -> None:
    """Let pip install again what an interrupted install left unfinished: pip writes INSTALLER only at the end."""
    for metadata in VENV.glob("**/site-packages/*.dist-info"):
        if not (metadata / "INSTALLER").exists():
            shutil.rmtree(metadata)


def become(command: list[str]) -> int:
    """Run the command in place of this process, so that it gets all signals; where that cannot be, as a child."""
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


# ------------------------------------------------------------------------------------------------------------ progress


def pip(title: str, *arguments: str, total: int = 0) -> None:
    """``pip install``, its many lines condensed. Raises ``BootstrapError`` with its last words."""
    command = [str(python()), "-P", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", *arguments]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    tail: list[str] = []
    names: set[str] = set()
    try:
        with Ticker(title) as ticker:
            for line in process.stdout or ():
                line = "".join(letter if letter.isprintable() else " " for letter in line)
                tail = [*tail[-14:], line.rstrip()]
                ticker.say(condense(line, names, total))
            status = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if status:
        raise BootstrapError(
            f"{title} failed:\n  " + "\n  ".join(tail) + "\nThe same command tries again and keeps what is done."
        )


def condense(line: str, names: set[str], total: int) -> str:
    """What a line of pip's means for a person, empty when nothing. ``names`` collects the packages seen so far."""
    words = line.split()
    if len(words) < 2:
        return ""
    if line.startswith(("Collecting ", "Requirement already satisfied: ")):
        name = words[3 if line.startswith("Req") else 1]
        names.add(name.split("==")[0].split(">")[0].lower())
        return f"{len(names)} of about {max(total, len(names))} packages: {name}"
    if words[0] == "Downloading" and line.rstrip().endswith(")"):
        return f"downloading {words[1].rsplit('/', 1)[-1].split('-')[0]} {' '.join(words[2:])}"
    if line.startswith("Installing collected packages"):
        return f"unpacking {line.count(',') + 1} packages"
    return ""


class Ticker:
    """What is going on and for how long: one line that is rewritten on a terminal, a line now and then elsewhere."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.live = sys.stdout.isatty()
        self.pause = 0.5 if self.live else 15.0
        self.text = ""
        self.began = time.monotonic()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self) -> Ticker:
        print(self.title, end="" if self.live else "\n", flush=True)
        self.thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.over.set()
        self.thread.join()
        self.text = "interrupted" if problem[0] else "done"
        self.show("\n")

    def say(self, text: str) -> None:
        self.text = text or self.text

    def run(self) -> None:
        while not self.over.wait(self.pause):
            self.show("" if self.live else "\n")

    def show(self, end: str) -> None:
        line = f"{self.title}: {time.monotonic() - self.began:.0f} s, {self.text or 'starting'}"
        if self.live:
            width = shutil.get_terminal_size().columns - 1
            print("\r" + line[:width].ljust(width), end=end, flush=True)
        else:
            print("  " + line, end=end, flush=True)


# ---------------------------------------------------------------------------------------------------- system libraries


def report_libraries() -> None:
    """Say which libraries Qt would miss, and install them where that is allowed. Not fatal: much works without."""
    if sys.platform != "linux":
        return
    packages = missing_packages()
    if not packages:
        return
    if may_install() and apt_install("The window", packages) and not missing_packages():
        return
    print(f"The window needs system libraries that are missing. {advice(packages)}", file=sys.stderr, flush=True)


def missing_packages() -> list[str]:
    """The Debian packages of the libraries that cannot be loaded, and of a font when there is none."""
    packages = [package for library, package in QT_LIBRARIES.items() if not loads(library)]
    return packages if has_fonts() else [*packages, "fonts-dejavu-core"]


def has_fonts() -> bool:
    """Whether there is any font: Qt brings none, and would show a window without a word in it."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(next(folder.rglob(kind), None) for folder in folders for kind in ("*.ttf", "*.otf"))


def loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def is_debian(os_release: str) -> bool:
    """Whether an ``/etc/os-release`` is of Debian or of a system made from it."""
    fields = dict(line.split("=", 1) for line in os_release.splitlines() if "=" in line)
    names = f"{fields.get('ID', '')} {fields.get('ID_LIKE', '')}".replace('"', "").split()
    return "debian" in names or "ubuntu" in names


def has_apt() -> bool:
    try:
        return is_debian(Path("/etc/os-release").read_text(encoding="utf-8")) and bool(shutil.which("apt-get"))
    except OSError:
        return False


def may_install() -> bool:
    """Whether this is root on Debian or Ubuntu."""
    return sys.platform == "linux" and os.geteuid() == 0 and has_apt()


def advice(packages: list[str]) -> str:
    names = " ".join(packages)
    if has_apt():
        return f"Run:\n  sudo apt-get install {names}"
    return f"Install what your system calls these (names of Debian): {names}"


def agreed(question: str) -> bool:
    """Ask the person; where there is no terminal to ask at, say so and go on: these commands do all the set-up."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        print(f"{question} There is no terminal to ask at: yes.", flush=True)
        return True
    try:
        return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def apt_install(purpose: str, packages: list[str]) -> bool:
    """Install Debian packages as root, unless the person is there and does not want it; whether it worked."""
    print(f"{purpose} needs system packages that are missing: {' '.join(packages)}", flush=True)
    if not agreed("Install them with apt-get, as root?"):
        return False
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    patience = ["-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"]
    for command in (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", *patience, *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        print(done.stderr.strip(), file=sys.stderr, flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
