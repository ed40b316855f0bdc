"""Archives are unpacked into their folder and nowhere else, and no further than they honestly can."""

import io
import os
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest

from core.dataset.formats import archive as archives
from core.dataset.formats.archive import is_archive, unpack
from core.errors import UserError


def zipped(path: Path, members: dict[str, bytes], *, link: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            made.writestr(info, "/etc")
    return path


def tarred(path: Path, members: dict[str, bytes], *, link: str = "") -> Path:
    with tarfile.open(path, f"w:{path.suffix[1:]}" if path.suffix != ".tar" else "w") as made:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
        if link:
            info = tarfile.TarInfo(link)
            info.type, info.linkname = tarfile.SYMTYPE, "/etc"
            made.addfile(info)
            device = tarfile.TarInfo("device")
            device.type = tarfile.CHRTYPE
            made.addfile(device)
    return path


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


HONEST = {
    "set/images/a.png": b"picture",
    "set/labels/a.txt": b"0 0.5 0.5 1 1\n",
    "__MACOSX/set/._a.png": b"x",
    "set/.DS_Store": b"x",
}
MADE = {"set/images/a.png": b"picture", "set/labels/a.txt": b"0 0.5 0.5 1 1\n"}


@pytest.mark.parametrize(
    ("make", "suffix"),
    [(zipped, ".zip"), (tarred, ".tar"), (tarred, ".tar.gz"), (tarred, ".tar.xz"), (tarred, ".tar.bz2")],
)
def test_what_is_packed_comes_out(make, suffix: str, tmp_path: Path):
    packed = make(tmp_path / f"set{suffix}", HONEST)
    assert is_archive(packed) and unpack(packed, tmp_path / "out") == []
    assert files(tmp_path / "out") == MADE


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt"])
def test_no_name_leads_out(make, name: str, tmp_path: Path):
    packed = make(tmp_path / ("a.zip" if make is zipped else "a.tar"), {name: b"evil", "ok.txt": b"fine"}, link="link")
    before = set(tmp_path.rglob("*"))
    problems = unpack(packed, tmp_path / "deep" / "out")
    made = set(tmp_path.rglob("*")) - before
    assert files(tmp_path / "deep" / "out") == {"ok.txt": b"fine"}
    assert all(path.is_relative_to(tmp_path / "deep") and not path.is_symlink() for path in made)
    assert len(problems) == 3 - (make is zipped)
    assert not Path("/tmp/evil.txt").exists()


@pytest.mark.parametrize("make", [zipped, tarred])
def test_a_bomb_is_not_unpacked(make, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(archives, "_SPARE", 1 << 20)
    packed = make(tmp_path / ("bomb.zip" if make is zipped else "bomb.tar.gz"), {"zeros": bytes(64 << 20)})
    with pytest.raises(UserError, match="is not unpacked"):
        unpack(packed, tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))  # nor is the disk full of what came out so far


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"\x1f\x8b\x08 nothing", bytes(5000)])
def test_what_is_no_archive_is_told(name: str, data: bytes, tmp_path: Path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=name) as caught:
        unpack(tmp_path / name, tmp_path / "out")
    assert caught.value.hint and not (tmp_path / "out").exists()


@pytest.mark.parametrize("suffix", [".zip", ".lzma.zip", ".bzip2.zip", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_whatever_is_damaged_in_an_archive_is_told_and_is_no_fault_of_ours(suffix: str, tmp_path: Path):
    random = Random(0)
    packed = tmp_path / f"a{suffix}"
    text = bytes(random.choice(b"abcdefgh ") for _ in range(20_000))
    if suffix.endswith(".zip"):
        kind = {".zip": zipfile.ZIP_DEFLATED, ".lzma.zip": zipfile.ZIP_LZMA, ".bzip2.zip": zipfile.ZIP_BZIP2}[suffix]
        with zipfile.ZipFile(packed, "w", kind) as made:
            made.writestr("a.txt", text)
    else:
        tarred(packed, {"a.txt": text})
    whole = packed.read_bytes()
    for number in range(20):
        data = bytearray(whole)
        for place in random.sample(range(100, len(data) - 100), 5):
            data[place] ^= 0x55
        packed.write_bytes(data)
        with pytest.raises(UserError, match="cannot be unpacked"):
            unpack(packed, tmp_path / f"out{number}")
    assert not list(tmp_path.glob("*out*"))


def test_a_damaged_archive_leaves_nothing_under_its_name(tmp_path: Path):
    packed = zipped(tmp_path / "a.zip", {f"{n}.txt": os.urandom(1000) for n in range(20)})
    data = bytearray(packed.read_bytes())
    data[5000:5200] = bytes(200)
    packed.write_bytes(data)
    with pytest.raises(UserError, match="cannot be unpacked"):
        unpack(packed, tmp_path / "out")
    assert not list(tmp_path.glob("*out*"))  # nor is the disk full of what came out so far
