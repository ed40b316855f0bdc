"""Files of pictures that came from anywhere: what is no picture, costs too much, is broken or breaks off is said, by
name, and nothing else happens."""

import ast
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from core.errors import UserError
from core.images import image_file, preview, pyramids, strips
from core.images.decoding import faults, picture_size, read_image, thumbnail
from core.images.thumbnails import small_picture
from tests.core.images.picture_files import chunk, encoded, every_kind, pixels, png, tiff

REPOSITORY = Path(__file__).parents[3]


def every_way(path, stated=(40, 60)):
    """All that reads a picture, as functions without arguments."""

    def rows():
        found = pyramids.upright_strips(path, picture_size(path))
        return found and list(found)

    return [
        lambda: read_image(path),
        lambda: read_image(path, stated),
        lambda: read_image(path, stated[::-1]),
        lambda: thumbnail(path, 20),
        lambda: small_picture(path, 20, stated),
        lambda: preview.read_reduced(path, stated, (5, 7)),
        lambda: preview.read_reduced(path, stated, (5, 7), torn=True),
        rows,
        lambda: faults(path, stated),
    ]


def outcome(read):
    """What a person is told, or an empty text."""
    try:
        read()
    except UserError as error:
        return f"{error.message} ({error.hint})"
    return ""


@pytest.fixture
def small_is_huge(tmp_path, monkeypatch):
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))
    for room, name in ((pyramids, "LARGE"), (strips, "_AT_ONCE"), (preview, "_ROWS")):
        monkeypatch.setattr(room, name, 600)
    monkeypatch.setattr(strips, "LARGE", 600)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n{} loop\n", "PostScript"),
        (b"\xc5\xd0\xd3\xc6" + bytes(60), "PostScript"),
        (b"%PDF-1.7\n", "PDF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', "SVG"),
        (b"\0\0\0\x1cftypheic\0\0\0\0", "HEIC"),
        (encoded("ICO", pixels(32, 32)), "not a picture"),
        (encoded("TGA"), "not a picture"),
        (encoded("PCX"), "not a picture"),
    ],
)
def test_only_named_kinds_are_opened_whatever_the_name_ends_in(tmp_path, monkeypatch, content, words):
    monkeypatch.setattr(subprocess, "Popen", None)  # nothing is run
    path = tmp_path / "holiday.png"
    path.write_bytes(content)
    for read in every_way(path):
        told = outcome(read)
        assert words in told and "holiday.png" in told and "PNG, JPEG, TIFF" in told


def test_no_line_of_ours_leaves_the_kind_to_a_library():
    """Pillow's classes are named; OpenCV decodes in one place, which looks first; Qt is told what it reads."""
    free = []
    for file in [*REPOSITORY.glob("core/**/*.py"), *REPOSITORY.glob("app/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute | ast.Name):
                continue
            name = ast.unparse(node.func)
            opens = name.endswith(("Image.open", "new_from_file", "new_from_buffer"))
            decodes = name == "cv2.imread" or (name == "cv2.imdecode" and file.stem not in _LOOK_FIRST)
            qt = name == "QImageReader" and len(node.args) < 2
            loads = name in ("QPixmap", "QImage") and any("path" in ast.unparse(each).lower() for each in node.args)
            if opens or decodes or qt or loads:
                free.append(f"{file.name}:{node.lineno}")
    assert not free


_LOOK_FIRST = ("jpeg_file", "draw")  # the last reads what it has just encoded


def test_libvips_is_held_to_the_kinds_that_are_named(tmp_path):
    """By itself it would read drawings, matrices and numbers as text, and choose by what a file holds."""
    drawing, numbers, png = tmp_path / "a.svg", tmp_path / "a.csv", tmp_path / "a.png"
    drawing.write_bytes(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    numbers.write_bytes(b"1,2,3\n")
    png.write_bytes(encoded("PNG"))
    script = f"""
import core.images.vips, pyvips
for name in ({str(drawing)!r}, {str(numbers)!r}, {str(png)!r}):
    try:
        print(pyvips.Image.new_from_file(name).width)
    except pyvips.Error:
        print("refused")
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused", "refused", "60"]


def bomb(side, depth=8, kind=2):
    """A PNG of zeros."""
    header = struct.pack(">IIBBBBB", side, side, depth, kind, 0, 0, 0)
    return png(header, b"\0" * 99)


def bits(side):
    """All pixels of a square of one bit each, in few bytes."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(side // 8 + 2)) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [25_000, 60_000, 2**31 - 1])
def test_too_many_pixels(tmp_path, side):
    path = tmp_path / "x.png"
    path.write_bytes(bomb(side))
    for read in every_way(path):
        assert "x.png is too large" in outcome(read)


def test_few_bytes_that_would_become_gigabytes_are_not_decoded(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bits(23_000))
    assert path.stat().st_size < 70_000
    for read in every_way(path, (23_000, 23_000)):
        assert "bomb.png is not decoded" in outcome(read)


def test_what_does_not_fit_into_memory_is_not_begun(tmp_path, monkeypatch):
    path = tmp_path / "large.webp"
    path.write_bytes(encoded("WEBP"))
    monkeypatch.setattr(image_file, "LARGE", 100)
    assert read_image(path).shape == (40, 60, 3)
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 20_000}))
    for read in every_way(path):
        told = outcome(read)
        assert "large.webp is too large" in told and "memory" in told
    path = tmp_path / "large.png"
    path.write_bytes(encoded("PNG"))
    assert "memory" in outcome(lambda: read_image(path))
    assert not outcome(lambda: list(pyramids.upright_strips(path, (40, 60))))  # by rows there is room


def test_a_jpeg_of_very_many_scans_is_not_decoded(tmp_path):
    path = tmp_path / "scans.jpg"
    data = encoded("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    path.write_bytes(data[:last] + data[last:-2] * 5000 + data[-2:])
    for read in every_way(path)[:6]:
        assert "scans.jpg is not decoded: it is stored in 5,0" in outcome(read)


def torn(data, how):
    """Half of a file; with its end, or with nothing but zeros where the rest should be."""
    half = len(data) // 2
    ends = {"half": b"", "with an end": data[-12:] if data.startswith(b"\x89PNG") else data[-2:]}
    return data[:half] + ends.get(how, bytes(len(data) - half))


WITHOUT_A_TRACE = ("plain.tif", "float.tif", "big.tif", "tiles.tif", "plain.bmp", "plain.ppm", "packbits.tif")
"""Zeros in them are black pixels."""


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("how", ["half", "with an end", "zeros"])
def test_a_picture_that_breaks_off_is_neither_black_nor_grey_but_said(tmp_path, how):
    for name, data in every_kind().items():
        if how == "with an end" and not name.endswith((".png", ".jpg")):
            continue
        if how == "zeros" and name in WITHOUT_A_TRACE:
            continue
        path = tmp_path / name
        path.write_bytes(torn(data, how))
        for read in (lambda path: read_image(path), lambda path: thumbnail(path, 20)):
            assert name in outcome(lambda read=read, path=path: read(path)), name
        if how == "half" and not name.endswith((".gif", ".ppm")):
            said = outcome(lambda path=path: faults(path, (40, 60))) or str(faults(path, (40, 60)))
            assert "ends before the picture does" in said or "broken" in said or "not a picture" in said, name


def test_a_tiff_that_breaks_off_is_to_be_replaced_and_not_to_have_other_channels(tmp_path):
    path = tmp_path / "broken.tif"
    _, whole = cv2.imencode(".tif", np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8))
    path.write_bytes(whole.tobytes()[: len(whole) // 2])
    with pytest.raises(UserError, match="ends before the picture does") as caught:
        read_image(path)
    assert "replace the file" in caught.value.hint


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("tail", [b"", b"SEFT" * 40, encoded("JPEG")])
def test_a_whole_jpeg_with_something_behind_it_is_whole(tmp_path, progressive, tail):
    path = tmp_path / "phone.jpg"
    path.write_bytes(encoded("JPEG", progressive=progressive))
    alone = read_image(path)
    path.write_bytes(encoded("JPEG", progressive=progressive) + tail)
    assert np.abs(read_image(path).astype(int) - alone).max() <= 1
    assert faults(path, (40, 60)) == []


@pytest.mark.parametrize("value", [127, 128])
def test_a_picture_that_is_grey_is_no_torn_one(tmp_path, value):
    for name, data in (("grey.jpg", encoded("JPEG", np.full((50, 70, 3), value, np.uint8))),):
        path = tmp_path / name
        path.write_bytes(data)
        assert (read_image(path) == value).all() and faults(path, (50, 70)) == []


@pytest.mark.parametrize("name", ["plain.png", "strips.tif", "plain.jpg"])
def test_a_huge_picture_that_breaks_off_is_said(tmp_path, small_is_huge, name):
    path = tmp_path / name
    data = every_kind().get(name) or encoded("PNG")
    for part in (torn(data, "half"), torn(data, "zeros")):
        path.write_bytes(part)
        assert name in outcome(lambda: pyramids.open_pyramid(path, (40, 60)))
        assert name in outcome(lambda: read_image(path))


def test_a_header_that_lies_does_not_get_far(tmp_path, small_is_huge):
    """Of TIFF: sides, strips and tiles of any number, for which there is no room in the file."""
    path = tmp_path / "lies.tif"
    whole = tiff(pixels(), tile=16)
    for tag in (256, 257, 277, 322, 323):
        for value in (0, 1, 3, 10**4, 2**24, 2**31, 2**32 - 1):
            place = whole.index(struct.pack("<HH", tag, 4 if tag != 277 else 3)) + 8
            data = whole[:place] + struct.pack("<I", value % (1 << (32 if tag != 277 else 16))) + whole[place + 4 :]
            path.write_bytes(data)
            for read in every_way(path):
                assert not (told := outcome(read)) or "lies.tif" in told


def test_a_small_picture_in_huge_tiles_is_not_decoded(tmp_path):
    path = tmp_path / "tiles.tif"
    whole = tiff(pixels(), tile=16)
    for tag in (322, 323):
        place = whole.index(struct.pack("<HH", tag, 4)) + 8
        whole = whole[:place] + struct.pack("<I", 20_000) + whole[place + 4 :]
    path.write_bytes(whole)
    for read in every_way(path):
        assert "tiles.tif is not decoded" in outcome(read)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("huge", [False, True])
def test_damaged_files_end_in_a_picture_or_in_a_sentence(tmp_path, request, huge):
    if huge:
        request.getfixturevalue("small_is_huge")
    chance = random.Random(huge)
    kinds = every_kind()
    for _ in range(500):
        name = chance.choice(list(kinds))
        path = tmp_path / name
        path.write_bytes(damaged(kinds[name], chance))
        for read in every_way(path):
            told = outcome(read)
            assert not told or name in told


def damaged(data, chance):
    """Bytes changed, anywhere or in the header; cut off; zeros; something doubled."""
    made, how = bytearray(data), chance.randrange(5)
    place = chance.randrange(len(made))
    if how == 0:
        return data[:place]
    if how == 1:
        made[place : place + 50] = bytes(len(made[place : place + 50]))
    elif how == 2:
        made[place:place] = data[chance.randrange(len(data)) :][:50]
    else:
        for _ in range(chance.randrange(1, 6)):
            reach = len(made) if how == 3 else min(len(made), 200)
            made[chance.randrange(reach)] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    return bytes(made)


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_a_broken_picture_takes_no_more_memory_than_a_whole_one(tmp_path):
    """A header may state anything. What a process of its own held at most, in MiB:"""
    script = f"""
import sys
sys.path.insert(0, {str(REPOSITORY)!r})
from pathlib import Path
from core.images.decoding import read_image, thumbnail
from core.errors import UserError
for path in sorted(Path({str(tmp_path)!r}).iterdir()):
    for read in (read_image, lambda path: thumbnail(path, 99)):
        try:
            read(path)
        except UserError:
            pass
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) >> 10 for line in lines if line.startswith("VmHWM")))
"""
    (tmp_path / "bits.png").write_bytes(bits(23_000))
    (tmp_path / "empty.png").write_bytes(bomb(20_000))
    (tmp_path / "deep.png").write_bytes(bomb(20_000, 16))
    (tmp_path / "map.ppm").write_bytes(b"P6 20000 20000 255\n" + bytes(99))
    (tmp_path / "flat.webp").write_bytes(encoded("WEBP", PIL.Image.new("RGB", (9000, 7000)), lossless=True, quality=0))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 300


def test_what_cannot_be_opened_says_why(tmp_path):
    for path in (tmp_path, tmp_path / "gone.png", tmp_path / ("x" * 300), tmp_path / "a.png" / "b.png"):
        told = outcome(lambda path=path: read_image(path))
        assert "there is no picture" in told or "too long for the name of a file" in told
