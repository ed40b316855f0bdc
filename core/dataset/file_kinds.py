"""What a file in a dataset's folder is, told by its name and by a look at its beginning and its end."""

import re
from collections.abc import Callable
from pathlib import Path

from core.reading import open_regular
from core.words import tr

PICTURES = frozenset((".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".tif", ".tiff", ".webp"))
"""How the names of pictures end."""

_LOOKED_AT = 1 << 16
"""Bytes, at either end."""

COCO = tr("COCO file")
JSON = tr("JSON file that is not COCO")
YOLO = tr("YOLO file")
LIST = tr("list of pictures")
PICTURE = "picture"
OTHER_PICTURE = tr("picture of a kind that is not read")
ARCHIVE = "archive"
VIDEO = "video"
UNKNOWN = tr("other file")
"""Kinds are called what one file of them is called."""

_NAMED = {
    OTHER_PICTURE: ".heic .heif .avif .gif .jp2 .j2k .jxl .raw .cr2 .cr3 .nef .arw .dng .orf .rw2 .svg .psd .dcm "
    ".dicom .nii .nrrd .mha .czi .nd2 .lif .svs .ndpi .mrxs .ims .exr .hdr .ppm .pgm .pbm .pnm .tga .ico .eps",
    ARCHIVE: ".zip .tar .gz .tgz .bz2 .xz .zst .7z .rar",
    VIDEO: ".mp4 .m4v .avi .mov .mkv .webm .wmv .mpg .mpeg .flv",
    "table": ".csv .tsv .xls .xlsx .ods .parquet .feather",
    "array file": ".npy .npz .mat .h5 .hdf5",
    "database": ".db .sqlite .sqlite3 .lmdb .mdb",
    "TensorFlow record": ".tfrecord .tfrecords .record",
    "Python pickle": ".pkl .pickle",
    "JSON lines file": ".jsonl .ndjson",
    "ImageJ region": ".roi",
}
_BY_SUFFIX = {suffix: kind for kind, suffixes in _NAMED.items() for suffix in suffixes.split()}
LOOKED_INTO = frozenset((".json", ".xml", ".txt", ".yaml", ".yml"))
"""How the names of files end whose kind is told by what they hold."""
_NO_DATA = re.compile(
    r"\..*|thumbs\.db|desktop\.ini|ehthumbs.*|icon\r|.*~|(readme|licen[cs]e|notice|changelog|citation|authors|contributing)"
    r"(\..*)?|.*\.(md|rst|pdf|html?|docx?|odt|rtf|log|py|ipynb|m|r|sh|bat|cmd|ps1|cfg|ini|toml|lock|url|lnk|tmp|bak|swp|part"
    r"|crdownload|cache|md5|sha1|sha256|license|css|js|pptx?|xmp|aux|tfw|jgw|pgw|wld)",
    re.IGNORECASE,
)
"""What programs leave behind, and what people write for each other."""

Rule = tuple[str, Callable[[bytes], object]]


def _has(*patterns: bytes) -> Callable[[bytes], bool]:
    """Whether all patterns are there."""
    compiled = [re.compile(pattern, re.MULTILINE) for pattern in patterns]
    return lambda text: all(pattern.search(text) for pattern in compiled)


def _key(name: bytes) -> bytes:
    return rb'"' + name + rb'"\s*:'


_OBJECTS: tuple[Rule, ...] = (
    (tr("labelme file"), _has(_key(b"shapes"), _key(b"imagePath"))),
    (tr("VGG Image Annotator file"), _has(rb'"_via_|"shape_attributes"\s*:')),
    (tr("Datumaro file"), _has(_key(b"items") + rb"\s*\[", _key(b"categories") + rb"\s*\{")),
    (tr("Supervisely file"), _has(_key(b"objects"), rb'"(classTitle|geometryType)"\s*:')),
    (tr("GeoJSON file"), _has(rb'"(FeatureCollection|Feature)"')),
    (tr("Labelbox file"), _has(rb'"(data_row|Labeled Data)"\s*:')),
    (tr("Darwin file"), _has(_key(b"annotations"), _key(b"item"), _key(b"slots"))),
    (tr("CreateML file"), _has(_key(b"annotations"), _key(b"coordinates"))),
)
_LISTS: tuple[Rule, ...] = (
    (tr("COCO results file"), _has(_key(b"image_id"), _key(b"score"))),
    (tr("Label Studio file"), _has(_key(b"data"), rb'"(annotations|completions|predictions)"\s*:')),
    (tr("Label Studio file"), _has(rb'"(brushlabels|polygonlabels|rectanglelabels|original_width)"')),
    (tr("CreateML file"), _has(_key(b"annotations"), _key(b"coordinates"))),
    (tr("Labelbox file"), _has(rb'"(data_row|Labeled Data)"\s*:')),
)
_ELEMENTS: tuple[Rule, ...] = (
    (tr("CVAT file"), _has(rb"<annotations", rb"<(version|meta|image)\b")),
    (tr("Pascal VOC file"), _has(rb"<annotation\b", rb"<(object|filename|folder|size)\b")),
)
_LINES: tuple[Rule, ...] = (
    (YOLO, _has(rb"\A\s*\d+([ \t]+-?[0-9.eE+-]+){4,}[ \t\r]*$")),
    (LIST, _has(rb"(?i)\A[^\r\n]*\.(" + "|".join(suffix[1:] for suffix in PICTURES).encode() + rb")\s*$")),
)
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


def kind_of(path: Path) -> str:
    """The kind of a file; empty for one that is no data. Raises ``OSError`` when it cannot be read."""
    suffix = path.suffix.lower()
    if is_picture(path.name):
        return PICTURE
    if _CLASS_LISTS.fullmatch(path.name):
        return YOLO
    if suffix in LOOKED_INTO:
        return kind_of_text(suffix, sample(path))
    return _BY_SUFFIX.get(suffix, UNKNOWN)


def kind_of_text(suffix: str, text: bytes) -> str:
    """The kind of a file by what it holds; ``text`` is all of it, or its beginning and its end."""
    if suffix == ".json":
        return _kind_of_json(text)
    if suffix == ".xml":
        return _first(_ELEMENTS, text) or tr("XML file")
    if suffix == ".txt":
        return _first(_LINES, text)
    return YOLO if re.search(rb"^(names|nc)\s*:", text, re.MULTILINE) else ""


def sample(path: Path) -> bytes:
    """The beginning and the end of a text, without the zeros of UTF-16."""
    with open_regular(path) as file:
        text = file.read(_LOOKED_AT)
        file.seek(max(path.stat().st_size - _LOOKED_AT, len(text)))
        text += file.read(_LOOKED_AT)
    return text.replace(b"\0", b"")


def _kind_of_json(text: bytes) -> str:
    begins = re.match(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*([{\[])", text)
    if not begins:
        return JSON
    if begins[1] == b"[":
        return _first(_LISTS, text) or JSON
    if _has(_key(b"images"))(text):
        return COCO
    between = len(text) >= 2 * _LOOKED_AT and _has(rb'"(annotations|categories)"\s*:')(text)
    return _first(_OBJECTS, text) or (COCO if between else JSON)


def _first(rules: tuple[Rule, ...], text: bytes) -> str:
    return next((kind for kind, fits in rules if fits(text)), "")
