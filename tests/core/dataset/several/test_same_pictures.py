"""Pictures that several datasets have, however they are stored."""

from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from core.dataset import open_dataset
from core.dataset.several.same_pictures import Same, twins
from tests.core.dataset.builders import annotation, coco, image
from tests.core.dataset.several.test_merging import make, merge


def scene(seed: int) -> np.ndarray:
    """Blobs of many sizes, so that there are details that compression leaves: ``(90, 120, 3)``."""
    noise = np.random.default_rng(seed).normal(size=(90, 120, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def folder(tmp_path: Path, name: str, *names: str) -> Path:
    """A dataset of pictures that are yet to be put there."""
    images = [image(id, file, width=120, height=90) for id, file in enumerate(names, 1)]
    content = coco(images, [annotation(id, id) for id in range(1, len(names) + 1)])
    return make(tmp_path / name, {"train": content}, {}) / "images" / "train"


def found(first: Path, second: Path, same: Same = "pixels") -> dict[str, str]:
    """The images of the second whose picture the first has."""
    datasets = [open_dataset(each.parents[1]) for each in (first, second)]
    names = [[image.file_name for image in dataset.images] for dataset in datasets]
    pairs = twins([(dataset, dataset.images) for dataset in datasets], same=same)
    return {names[number][index]: names[other][first] for (number, index), (other, first) in pairs.items()}


def test_lossless_files_of_the_same_pixels_are_one_picture(tmp_path: Path):
    here, there = folder(tmp_path, "here", "a.png", "b.png"), folder(tmp_path, "there", "x.bmp", "y.png", "z.tif")
    for name, seed in (("a.png", 1), ("b.png", 2)):
        cv2.imwrite(str(here / name), scene(seed))
    cv2.imwrite(str(there / "x.bmp"), scene(2))
    cv2.imwrite(str(there / "y.png"), scene(1), [cv2.IMWRITE_PNG_COMPRESSION, 9])
    nearly = scene(1)
    nearly[40, 40] ^= 1
    cv2.imwrite(str(there / "z.tif"), nearly)
    assert found(here, there) == {"x.bmp": "b.png", "y.png": "a.png"}
    assert found(here, there, "file") == {}


def test_a_jpeg_is_the_same_without_its_exif_and_as_a_png(tmp_path: Path):
    here, there = folder(tmp_path, "here", "a.jpg", "b.jpg"), folder(tmp_path, "there", "x.jpg", "y.png", "z.jpg")
    exif = PIL.Image.Exif()
    exif[0x010E] = "long" * 8000  # so that the picture begins far behind
    for name, seed, more in (("a.jpg", 1, {"exif": exif}), ("b.jpg", 2, {})):
        PIL.Image.fromarray(scene(seed)).save(here / name, quality=90, **more)
    PIL.Image.fromarray(scene(1)).save(there / "x.jpg", quality=90)
    PIL.Image.open(here / "b.jpg").save(there / "y.png")
    PIL.Image.fromarray(scene(3)).save(there / "z.jpg", quality=90)
    assert found(here, there) == {"x.jpg": "a.jpg", "y.png": "b.jpg"}


def test_among_jpegs_alone_the_same_coded_data_are_found(tmp_path: Path):
    here, there = folder(tmp_path, "here", "a.jpg"), folder(tmp_path, "there", "x.jpg", "z.jpg")
    exif = PIL.Image.Exif()
    exif[0x010E] = "text"
    PIL.Image.fromarray(scene(1)).save(here / "a.jpg", quality=90, exif=exif)
    PIL.Image.fromarray(scene(1)).save(there / "x.jpg", quality=90)
    PIL.Image.fromarray(scene(3)).save(there / "z.jpg", quality=90)
    assert found(here, there) == {"x.jpg": "a.jpg"}


def test_a_photograph_that_is_shown_turned_is_another_picture(tmp_path: Path):
    """Upside down, by EXIF alone: masks on the one do not fit the other."""
    here, there = folder(tmp_path, "here", "a.jpg"), folder(tmp_path, "there", "x.jpg")
    exif = PIL.Image.Exif()
    exif[0x0112] = 3
    PIL.Image.fromarray(scene(1)).save(here / "a.jpg", quality=90, exif=exif)
    PIL.Image.fromarray(scene(1)).save(there / "x.jpg", quality=90)
    assert found(here, there) == {}


def test_what_looks_the_same_is_one_picture_only_on_demand_and_one_for_one(tmp_path: Path):
    """Compressed once more, and two that are like one."""
    here, there = folder(tmp_path, "here", "a.png", "b.png"), folder(tmp_path, "there", "x.jpg", "y.jpg", "z.jpg")
    for name, seed in (("a.png", 1), ("b.png", 2)):
        cv2.imwrite(str(here / name), scene(seed))
    for name, seed, quality in (("x.jpg", 1, 60), ("y.jpg", 1, 95), ("z.jpg", 3, 90)):
        cv2.imwrite(str(there / name), scene(seed), [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert found(here, there) == {}
    assert found(here, there, "look") == {"y.jpg": "a.png"}


def test_deep_pictures_are_told_apart_by_their_values_and_not_by_how_dark_they_look(tmp_path: Path):
    """A hot pixel leaves everything else in the dark."""
    here, there = folder(tmp_path, "here", "a.png", "b.png"), folder(tmp_path, "there", "x.png", "y.tif")
    deep = [scene(seed)[..., 0].astype(np.uint16) for seed in (1, 2, 3)]
    for each in deep:
        each[0, 0] = 60000
    for place, pixels in ((here / "a.png", deep[0]), (here / "b.png", deep[1])):
        cv2.imwrite(str(place), pixels)
    cv2.imwrite(str(there / "x.png"), deep[2])
    cv2.imwrite(str(there / "y.tif"), deep[1])
    assert found(here, there) == {"y.tif": "b.png"}


def test_pictures_of_several_pages_are_one_only_to_the_byte(tmp_path: Path):
    """What differs may be in the later ones, which may be channels."""
    here, there = folder(tmp_path, "here", "a.tif"), folder(tmp_path, "there", "x.tif")
    pages = [PIL.Image.fromarray(scene(seed)[..., 0]) for seed in (1, 2, 3)]
    pages[0].save(here / "a.tif", save_all=True, append_images=[pages[1]])
    pages[0].save(there / "x.tif", save_all=True, append_images=[pages[2]])
    assert found(here, there) == {}
    (there / "x.tif").write_bytes((here / "a.tif").read_bytes())
    assert found(here, there) == {"x.tif": "a.tif"}


@pytest.mark.parametrize("same", ["pixels", "look"])
def test_what_four_datasets_have_in_several_forms_is_one_picture(tmp_path: Path, same: Same):
    """The last two are the same to the byte, and the first two by their pixels; the picture that is written is that of
    the first. By looks each is like its neighbours."""
    folders = [folder(tmp_path, name, f"{name}.png") for name in "abcd"]
    for number, place in enumerate(folders):
        pixels = scene(1) if same == "pixels" else cv2.add(scene(1), number)
        cv2.imwrite(str(place / f"{place.parents[1].name}.png"), pixels, [cv2.IMWRITE_PNG_COMPRESSION, max(number, 1)])
    (folders[3] / "d.png").write_bytes((folders[2] / "c.png").read_bytes())
    datasets = [open_dataset(place.parents[1]) for place in folders]
    pairs = twins([(dataset, dataset.images) for dataset in datasets], same=same)
    assert pairs == {(number, 0): (0, 0) for number in (1, 2, 3)}
    _, report, _ = merge(*(place.parents[1] for place in folders), "--same", same, cwd=tmp_path)
    assert (report["images"], report["shared"]) == (1, 3)


def test_a_file_that_cannot_be_read_is_like_no_other(tmp_path: Path):
    here, there = folder(tmp_path, "here", "a.png", "b.png"), folder(tmp_path, "there", "x.png", "y.png")
    for place in (here / "a.png", here / "b.png", there / "x.png", there / "y.png"):
        place.write_bytes(b"broken" + place.name.encode() * (1 + (place.parent == there)))
    assert found(here, there) == found(here, there, "look") == {}


@pytest.mark.parametrize(("same", "images"), [("file", 2), ("pixels", 1)])
def test_a_merge_takes_what_is_the_same_for_one(tmp_path: Path, same: str, images: int):
    here, there = folder(tmp_path, "here", "a.png"), folder(tmp_path, "there", "x.bmp")
    cv2.imwrite(str(here / "a.png"), scene(1))
    cv2.imwrite(str(there / "x.bmp"), scene(1))
    _, report, _ = merge(here.parents[1], there.parents[1], "--same", same, cwd=tmp_path)
    assert (report["images"], report["shared"]) == (images, 2 - images)
