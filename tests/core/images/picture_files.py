"""Small files of pictures of every kind, for tests that damage them or look at them in every way."""

import io
import struct
import zlib

import cv2
import numpy as np
import PIL.Image


def pixels(height=40, width=60):
    """A smooth picture with grain, no side of which is like another."""
    smooth = cv2.resize(np.random.default_rng(3).integers(20, 235, (4, 5, 3), np.uint8), (width, height))
    return np.clip(smooth + np.random.default_rng(4).integers(-9, 9, smooth.shape), 0, 255).astype(np.uint8)


def encoded(kind, picture=None, **options):
    """The bytes of a file."""
    file = io.BytesIO()
    picture = pixels() if picture is None else picture
    image = picture if isinstance(picture, PIL.Image.Image) else PIL.Image.fromarray(picture)
    image.save(file, kind, **options)
    return file.getvalue()


def big_tiff(picture):
    """An uncompressed BigTIFF of one strip."""
    height, width = picture.shape[:2]
    data = picture.tobytes()
    values = {256: (4, width), 257: (4, height), 258: (3, 8), 259: (3, 1), 262: (3, 2), 273: (16, 16), 277: (3, 3)}
    values |= {278: (4, height), 279: (16, len(data)), 284: (3, 1)}
    entries = [
        struct.pack("<HHQ", tag, kind, 3 if tag == 258 else 1)
        + (struct.pack("<HHHH", 8, 8, 8, 0) if tag == 258 else struct.pack("<Q", value))
        for tag, (kind, value) in values.items()
    ]
    directory = struct.pack("<Q", len(entries)) + b"".join(entries) + bytes(8)
    return struct.pack("<2sHHHQ", b"II", 43, 8, 0, 16 + len(data)) + data + directory


def tiff(values, orientation=1, photometric=2, extra=(), planar=False, tile=0):
    """An uncompressed TIFF of values ``(height, width, channels)`` of any type: one strip, planes, or square tiles."""
    height, width, many = values.shape
    pieces = [plane.tobytes() for plane in np.moveaxis(values, 2, 0)] if planar else [values.tobytes()]
    if tile:
        padded = np.pad(values, ((0, -height % tile), (0, -width % tile), (0, 0)), "edge")
        tops, lefts = range(0, height, tile), range(0, width, tile)
        pieces = [padded[top : top + tile, left : left + tile].tobytes() for top in tops for left in lefts]
    places = [8 + n * len(pieces[0]) for n in range(len(pieces))]
    tags = {256: (4, [width]), 257: (4, [height]), 258: (3, [values.itemsize * 8] * many), 259: (3, [1])}
    tags |= {262: (3, [photometric]), 274: (3, [orientation]), 277: (3, [many]), 284: (3, [1 + planar])}
    tags |= {324 if tile else 273: (4, places), 325 if tile else 279: (4, [len(piece) for piece in pieces])}
    tags |= {322: (4, [tile]), 323: (4, [tile])} if tile else {278: (4, [height])}
    tags |= {338: (3, list(extra))} if extra else {}
    tags |= {339: (3, [3] * many)} if values.dtype.kind == "f" else {}
    data = b"".join(pieces)
    place = 8 + len(data)
    beyond, entries, room = b"", b"", place + 2 + 12 * len(tags) + 4
    for tag, (kind, numbers) in sorted(tags.items()):
        packed = struct.pack(f"<{len(numbers)}{'H' if kind == 3 else 'I'}", *numbers)
        where = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", room + len(beyond))
        beyond += packed if len(packed) > 4 else b""
        entries += struct.pack("<HHI", tag, kind, len(numbers)) + where
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return struct.pack("<2sHI", b"II", 42, place) + data + directory + beyond


def png(header, data, *others):
    """A PNG with this header, these bytes of rows, and other chunks ``(name, data)`` before them."""
    chunks = (b"IHDR", header), *others, (b"IDAT", zlib.compress(data, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, part) for name, part in chunks)


def chunk(name, part):
    """One chunk of a PNG."""
    return struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))


def interlaced_png(height=40, width=60):
    """Grey of 8 bits, all seven passes."""
    picture = pixels(height, width)[:, :, 1]
    passes = (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)
    rows = (picture[y::down, x::across] for y, x, down, across in passes)
    data = b"".join(b"\0" + row.tobytes() for part in rows for row in part)
    return png(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 1), data)


def every_kind():
    """One file of each kind, by a name that ends as it should."""
    picture = pixels()
    deep = picture[:, :, ::-1].astype(np.uint16) * 16  # as OpenCV has colors
    palette = PIL.Image.fromarray(picture).quantize(16)
    tiled = {"compression": "tiff_lzw", "tiffinfo": {278: 16}}
    return {
        "rgb.png": encoded("PNG"),
        "grey.png": encoded("PNG", picture[:, :, 0]),
        "palette.png": encoded("PNG", palette),
        "bits.png": encoded("PNG", PIL.Image.fromarray(picture[:, :, 0] > 100)),
        "alpha.png": encoded("PNG", np.dstack([picture, picture[:, :, 0]])),
        "deep.png": cv2.imencode(".png", deep)[1].tobytes(),
        "deep_grey.png": encoded("PNG", deep[:, :, 2]),
        "interlaced.png": interlaced_png(),
        "plain.jpg": encoded("JPEG"),
        "grey.jpg": encoded("JPEG", picture[:, :, 0]),
        "progressive.jpg": encoded("JPEG", progressive=True),
        "cmyk.jpg": encoded("JPEG", PIL.Image.fromarray(picture).convert("CMYK")),
        "plain.tif": encoded("TIFF"),
        "strips.tif": encoded("TIFF", **tiled),
        "deflate.tif": encoded("TIFF", compression="tiff_adobe_deflate", tiffinfo={278: 8}),
        "packbits.tif": encoded("TIFF", compression="packbits"),
        "jpeg.tif": encoded("TIFF", compression="jpeg"),
        "deep.tif": cv2.imencode(".tif", deep)[1].tobytes(),
        "float.tif": encoded("TIFF", picture[:, :, 0].astype(np.float32)),
        "big.tif": big_tiff(picture),
        "tiles.tif": tiff(picture, tile=16),
        "plain.bmp": encoded("BMP"),
        "plain.webp": encoded("WEBP"),
        "lossless.webp": encoded("WEBP", lossless=True),
        "plain.gif": encoded("GIF", palette),
        "plain.ppm": encoded("PPM"),
    }
