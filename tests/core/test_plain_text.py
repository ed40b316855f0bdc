"""Names are text: whatever a file or a class is called, nothing of it steers a terminal, in a line or in a log."""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from core.plain_text import printable

ROOT = Path(__file__).parents[2]
STEERING = "\x1b]0;owned\x07 \x9b31m \x1b[2J\r\n\t\x08\x7f\u202e\u2066\u2028"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("photo\u202egnp.exe", r"photo\u202egnp.exe"),
        ("caf\udce9.png", r"caf\xe9.png"),
        ("ein schöner Name – “groß”, 名前, שם, 👩‍🔬", "ein schöner Name – “groß”, 名前, שם, 👩‍🔬"),
    ],
)
def test_what_steers_is_written_out_and_what_is_read_stays(name, shown):
    assert printable(name) == shown
    assert printable(shown) == shown


def test_no_control_and_no_change_of_direction_is_left():
    for code in range(sys.maxunicode + 1):
        shown = printable(chr(code))
        assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in shown), hex(code)
        assert not any(unicodedata.bidirectional(letter) in ("RLO", "LRO", "RLE", "LRE", "PDF") for letter in shown)
        assert not any(unicodedata.bidirectional(letter) in ("RLI", "LRI", "FSI", "PDI") for letter in shown)


def test_several_lines_keep_their_ends():
    assert printable("a\n\tb\x1b\r\n", lines=True) == "a\n\tb\\x1b\\r\n"


CHILD = """
import sys, warnings
from core.streams import harden
harden(plain=True)
name = eval(sys.argv[1])
print("made", name)
warnings.warn(name)
raise ValueError(name)
"""


def test_a_log_holds_text_whoever_writes_it():
    done = subprocess.run([sys.executable, "-c", CHILD, ascii(STEERING)], cwd=ROOT, capture_output=True, check=False)
    assert done.stdout.rstrip(b"\n").isascii() and done.stdout.startswith(rb"made \x1b]0;owned\x07 \x9b31m")
    for line in (done.stdout + done.stderr).decode().splitlines():
        assert line.replace("\t", "").isprintable()
    assert done.stderr.count(rb"\x1b]0;owned") == 2, "the warning and the traceback"


VERBS = {
    "a name that is nowhere": ["train", STEERING],
    "with a traceback": ["train", STEERING, "--debug"],
    "too many words": ["train", "x", STEERING],
    "no such option": ["train", f"--{STEERING}"],
    "a wrong value": ["train", "x", "--set", STEERING],
    "no such verb": [STEERING],
    "no such run": ["pause", STEERING],
    "no such recipe": ["train", "x", "--recipe", STEERING],
    "no picture": ["predict", "x", STEERING],
    "done": ["sample", STEERING, "--train-images", "1", "--validation-images", "1", "--size", "64"],
}


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("words", VERBS.values(), ids=VERBS.keys())
def test_no_name_steers_the_terminal(words, tmp_path):
    seen = shown_in_terminal([sys.executable, "-P", "-m", "core.cli", *words], tmp_path)
    assert b"owned" in seen, "the name is shown"
    for steering in (b"\x1b]0", b"\x07", b"\x9b", b"\x1b[2J", b"\x08", b"\x7f", "\u202e".encode(), "\u2028".encode()):
        assert steering not in seen, seen


def shown_in_terminal(command, folder):
    """What a command writes to the terminal that it is started in."""
    import pty

    controller, terminal = pty.openpty()
    environment = os.environ | {"MASKWRIGHT_HOME": str(folder / "home"), "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=terminal, stderr=terminal, stdin=terminal):
        os.close(terminal)
        seen = b""
        while data := read(controller):
            seen += data
    os.close(controller)
    return seen


def read(descriptor):
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other end is closed
        return b""
