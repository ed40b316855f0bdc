"""What a file in a dataset's folder is, told by its name and by a look at its beginning and its end."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.reading import open_regular
from core.words import tr, tr_n

PICTURES = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".tif", ".tiff", ".webp"))
"""How the names of pictures end."""

_LOOKED_AT = 1 << 16
"""Bytes, at either end."""


@dataclass(frozen=True, slots=True, eq=False)
class FileKind:
    """What kind of file something is, in words: two kinds are the same only if they are one object."""

    counted: Callable[[int], str]
    """A number of such files, as a noun: “1 archive”, “3 archives”."""
    is_one: Callable[[str], str]
    """That the file of a name is one: “x.zip” is an archive."""


def _of_format(format: str) -> FileKind:
    """Files of a format with this name. In English, it takes “a”."""
    return FileKind(
        lambda n: tr_n("{n} {format} file", "{n} {format} files", n, format=format),
        lambda name: tr("“{name}” is a {format} file", name=name, format=format),
    )


COCO = _of_format("COCO")
COCO_RESULTS = _of_format("COCO results")
CVAT = _of_format("CVAT")
DATUMARO = _of_format("Datumaro")
LABELME = _of_format("labelme")
LABEL_STUDIO = _of_format("Label Studio")
VIA = _of_format("VGG Image Annotator")
YOLO = _of_format("YOLO")
_CREATEML = _of_format("CreateML")
_DARWIN = _of_format("Darwin")
_GEOJSON = _of_format("GeoJSON")
_LABELBOX = _of_format("Labelbox")
PASCAL_VOC = _of_format("Pascal VOC")
SUPERVISELY = _of_format("Supervisely")
_JSON_LINES = _of_format("JSON lines")
JSON = FileKind(
    lambda n: tr_n("{n} JSON file that is not COCO", "{n} JSON files that are not COCO", n),
    lambda name: tr("“{name}” is a JSON file that is not COCO", name=name),
)
XML = FileKind(
    lambda n: tr_n("{n} XML file", "{n} XML files", n), lambda name: tr("“{name}” is an XML file", name=name)
)
LIST = FileKind(
    lambda n: tr_n("{n} list of pictures", "{n} lists of pictures", n),
    lambda name: tr("“{name}” is a list of pictures", name=name),
)
PICTURE = FileKind(
    lambda n: tr_n("{n} picture", "{n} pictures", n), lambda name: tr("“{name}” is a picture", name=name)
)
OTHER_PICTURE = FileKind(
    lambda n: tr_n("{n} picture of a kind that is not read", "{n} pictures of a kind that is not read", n),
    lambda name: tr("“{name}” is a picture of a kind that is not read", name=name),
)
ARCHIVE = FileKind(
    lambda n: tr_n("{n} archive", "{n} archives", n), lambda name: tr("“{name}” is an archive", name=name)
)
VIDEO = FileKind(lambda n: tr_n("{n} video", "{n} videos", n), lambda name: tr("“{name}” is a video", name=name))
_TABLE = FileKind(lambda n: tr_n("{n} table", "{n} tables", n), lambda name: tr("“{name}” is a table", name=name))
ARRAYS = FileKind(
    lambda n: tr_n("{n} array file", "{n} array files", n), lambda name: tr("“{name}” is an array file", name=name)
)
_DATABASE = FileKind(
    lambda n: tr_n("{n} database", "{n} databases", n), lambda name: tr("“{name}” is a database", name=name)
)
_TENSORFLOW = FileKind(
    lambda n: tr_n("{n} TensorFlow record", "{n} TensorFlow records", n),
    lambda name: tr("“{name}” is a TensorFlow record", name=name),
)
_PICKLE = FileKind(
    lambda n: tr_n("{n} Python pickle", "{n} Python pickles", n),
    lambda name: tr("“{name}” is a Python pickle", name=name),
)
IMAGEJ = FileKind(
    lambda n: tr_n("{n} ImageJ region", "{n} ImageJ regions", n),
    lambda name: tr("“{name}” is an ImageJ region", name=name),
)
UNKNOWN = FileKind(
    lambda n: tr_n("{n} other file", "{n} other files", n),
    lambda name: tr("“{name}” is a file of a kind that is not known", name=name),
)

_NAMED = {
    OTHER_PICTURE: ".heic .heif .avif .gif .jp2 .j2k .jxl .raw .cr2 .cr3 .nef .arw .dng .orf .rw2 .svg .psd .dcm "
    ".dicom .nii .nrrd .mha .czi .nd2 .lif .svs .ndpi .mrxs .ims .exr .hdr .ppm .pgm .pbm .pnm .tga .ico .eps",
    ARCHIVE: ".zip .tar .gz .tgz .bz2 .xz .zst .7z .rar",
    VIDEO: ".mp4 .m4v .avi .mov .mkv .webm .wmv .mpg .mpeg .flv",
    _TABLE: ".csv .tsv .xls .xlsx .ods .parquet .feather",
    ARRAYS: ".npy .npz .mat .h5 .hdf5",
    _DATABASE: ".db .sqlite .sqlite3 .lmdb .mdb",
    _TENSORFLOW: ".tfrecord .tfrecords .record",
    _PICKLE: ".pkl .pickle",
    _JSON_LINES: ".jsonl .ndjson",
    IMAGEJ: ".roi",
}
_BY_SUFFIX = {suffix: kind for kind, suffixes in _NAMED.items() for suffix in suffixes.split()}
LOOKED_INTO = frozenset((".json", ".xml", ".txt", ".yaml", ".yml", ".csv"))
"""How the names of files end whose kind is told by what they hold."""
KEPT = ("maskwright-splits.json", "maskwright-channels.json")
"""What a dataset keeps in its own folder of what a person decided about it, see ``split_file`` and ``channel_file``."""
_NO_DATA = re.compile(
    rf"\..*|{'|'.join(map(re.escape, KEPT))}|thumbs\.db|desktop\.ini|ehthumbs.*|icon\r|.*~"
    r"|(readme|licen[cs]e|notice|changelog|citation|authors|contributing)"
    r"(\..*)?|.*\.(md|rst|pdf|html?|docx?|odt|rtf|log|py|ipynb|m|r|sh|bat|cmd|ps1|cfg|ini|toml|lock|url|lnk|tmp|bak|swp|part"
    r"|crdownload|cache|md5|sha1|sha256|license|css|js|pptx?|xmp|aux|tfw|jgw|pgw|wld)",
    re.IGNORECASE,
)
"""What programs leave behind, and what people write for each other."""

Rule = tuple[FileKind, Callable[[bytes], object]]


def _has(*patterns: bytes) -> Callable[[bytes], bool]:
    """Whether all patterns are there."""
    compiled = [re.compile(pattern, re.MULTILINE) for pattern in patterns]
    return lambda text: all(pattern.search(text) for pattern in compiled)


def _key(name: bytes) -> bytes:
    return rb'"' + name + rb'"\s*:'


_OBJECTS: tuple[Rule, ...] = (
    (LABELME, _has(_key(b"shapes"), _key(b"imagePath"))),
    (VIA, _has(rb'"_via_|"shape_attributes"\s*:|"__VIA_PROJECT|"vid_list"\s*:')),
    (DATUMARO, _has(_key(b"items") + rb"\s*\[", _key(b"categories") + rb"\s*\{")),
    (SUPERVISELY, _has(_key(b"objects"), rb'"(classTitle|geometryType)"\s*:')),
    (_GEOJSON, _has(rb'"(FeatureCollection|Feature)"')),
    (_LABELBOX, _has(rb'"(data_row|Labeled Data)"\s*:')),
    (_DARWIN, _has(_key(b"annotations"), _key(b"item"), _key(b"slots"))),
    (_CREATEML, _has(_key(b"annotations"), _key(b"coordinates"))),
)
_LISTS: tuple[Rule, ...] = (
    (COCO_RESULTS, _has(_key(b"image_id"), _key(b"score"))),
    (LABEL_STUDIO, _has(_key(b"data"), rb'"(annotations|completions|predictions)"\s*:')),
    (LABEL_STUDIO, _has(rb'"(brushlabels|polygonlabels|rectanglelabels|original_width)"')),
    (_CREATEML, _has(_key(b"annotations"), _key(b"coordinates"))),
    (_LABELBOX, _has(rb'"(data_row|Labeled Data)"\s*:')),
)
_ELEMENTS: tuple[Rule, ...] = (
    (CVAT, _has(rb"<annotations", rb"<(version|meta|image)\b")),
    (PASCAL_VOC, _has(rb"<annotation\b", rb"<(object|filename|folder|size)\b")),
)
_LINES: tuple[Rule, ...] = (
    (YOLO, _has(rb"\A\s*\d+([ \t]+-?[0-9.eE+-]+){4,}[ \t\r]*$")),
    (LIST, _has(rb"(?i)\A[^\r\n]*\.(" + "|".join(suffix[1:] for suffix in PICTURES).encode() + rb")\s*$")),
)
_TABLES: tuple[Rule, ...] = ((VIA, _has(rb"\A#?filename,.*region_shape_attributes")),)
_CLASS_LISTS = re.compile(r"(classes|labels|names|_?darknet)\.(txt|labels)|.*\.names", re.IGNORECASE)


def is_no_data(name: str) -> bool:
    """Whether a file of this name is none that a dataset could be made of."""
    return bool(_NO_DATA.fullmatch(name))


def is_picture(name: str) -> bool:
    """Whether a file is called like a picture that can be read, and is not hidden."""
    return name[name.rfind(".") :].lower() in PICTURES and not name.startswith(".")


def is_other_picture(name: str) -> bool:
    """Whether a file is called like a picture of a kind that is not read, and is not hidden."""
    return _BY_SUFFIX.get(Path(name).suffix.lower()) == OTHER_PICTURE and not name.startswith(".")


def kind_of(path: Path) -> FileKind | None:
    """The kind of a file; ``None`` for one that is no data. Raises ``OSError`` when it cannot be read."""
    suffix = path.suffix.lower()
    if is_picture(path.name):
        return PICTURE
    if _CLASS_LISTS.fullmatch(path.name):
        return YOLO
    if suffix in LOOKED_INTO:
        return kind_of_text(suffix, sample(path))
    return _BY_SUFFIX.get(suffix, UNKNOWN)


def kind_of_text(suffix: str, text: bytes) -> FileKind | None:
    """The kind of a file by what it holds, ``None`` for one that is no data; ``text`` is all of it, or its beginning
    and its end."""
    if suffix == ".json":
        return _kind_of_json(text)
    if suffix == ".xml":
        return _first(_ELEMENTS, text) or XML
    if suffix == ".txt":
        return _first(_LINES, text)
    if suffix == ".csv":
        return _first(_TABLES, text) or _TABLE
    return YOLO if re.search(rb"^(names|nc)\s*:", text, re.MULTILINE) else None


def sample(path: Path) -> bytes:
    """The beginning and the end of a text, without the zeros of UTF-16."""
    with open_regular(path) as file:
        text = file.read(_LOOKED_AT)
        file.seek(max(path.stat().st_size - _LOOKED_AT, len(text)))
        text += file.read(_LOOKED_AT)
    return text.replace(b"\0", b"")


def _kind_of_json(text: bytes) -> FileKind:
    begins = re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*([{\[])", text)
    if not begins:
        return JSON
    if begins[1] == b"[":
        return _first(_LISTS, text) or JSON
    if _has(_key(b"images"))(text):
        return COCO
    between = len(text) >= 2 * _LOOKED_AT and _has(rb'"(annotations|categories)"\s*:')(text)
    return _first(_OBJECTS, text) or (COCO if between else JSON)


def _first(rules: tuple[Rule, ...], text: bytes) -> FileKind | None:
    return next((kind for kind, fits in rules if fits(text)), None)
