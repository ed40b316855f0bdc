"""The kinds of findings: how serious each is, what it is called, the sentence that says one, and what mends it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from core.words import tr, tr_n

Severity = Literal["serious", "warning", "note"]
"""Makes figures or a training wrong · is most likely a mistake · is worth knowing."""
SEVERITIES: tuple[Severity, ...] = ("serious", "warning", "note")


@dataclass(frozen=True, slots=True)
class Kind:
    """What all findings of a kind have in common."""

    name: str
    """For a list of kinds."""
    severity: Severity
    title: Callable[[int], str]
    """Takes their number."""
    sentence: str
    """With the names of ``Finding.fields`` in braces."""
    why: str
    """Why it matters, or what to do."""
    fix: str = ""
    """What the button that mends one says; empty where nothing can be done here. ``annotation.editing.fixes`` does
    it, or ``dataset.splitting`` those of ``ACROSS``."""
    view: str = ""
    """The key of the view of the Dataset page, if any, that helps."""


ACROSS = ("leak", "frames", "tiles")
"""Kinds about pairs of images in two splits: mended by splits, not by an edit."""

KINDS: dict[str, Kind] = {
    "leak": Kind(
        tr("Leaks between splits"),
        "serious",
        lambda n: tr_n("{n} picture in two splits", "{n} pictures in two splits", n),
        tr("{one} ({one_split}) and {other} ({other_split}) are the same to the pixel, or nearly ({alike:.2f} alike)."),
        tr("What a model has learnt from says nothing when it is measured on. Put them into one split."),
        tr("Put into one split"),
        view="splits",
    ),
    "frames": Kind(
        tr("Frames across splits"),
        "serious",
        lambda n: tr_n("{n} pair of frames across splits", "{n} pairs of frames across splits", n),
        tr("{one} ({one_split}) and {other} ({other_split}) show one scene moments apart ({alike:.2f} alike)."),
        tr("Frames of one video hardly differ: all of a scene belongs into one split."),
        tr("Put into one split"),
        view="splits",
    ),
    "tiles": Kind(
        tr("Tiles across splits"),
        "serious",
        lambda n: tr_n("{n} picture cut apart by the splits", "{n} pictures cut apart by the splits", n),
        tr("{one} ({one_split}) and {other} ({other_split}) are tiles or copies of one picture, by their names."),
        tr("Tiles and augmented copies of one picture belong into one split."),
        tr("Put into one split"),
        view="splits",
    ),
    "missing_picture": Kind(
        tr("Missing pictures"),
        "serious",
        lambda n: tr_n("{n} picture is missing", "{n} pictures are missing", n),
        tr("{name} is not in the folder."),
        tr("Its image is kept, but neither shown nor trained on. Put the picture into the dataset's folder."),
        view="pictures",
    ),
    "broken_picture": Kind(
        tr("Unreadable pictures"),
        "serious",
        lambda n: tr_n("{n} picture cannot be read", "{n} pictures cannot be read", n),
        tr("{name}: {reason}."),
        tr("It cannot be trained on. Copy or export the picture again."),
    ),
    "lost": Kind(
        tr("Unread annotations"),
        "serious",
        lambda n: tr_n("{n} annotation is not read as it stands", "{n} annotations are not read as they stand", n),
        tr("Of annotation {id}, something is left out: {reason}."),
        tr("What is left out is kept in the file as “unread”. Draw it anew."),
    ),
    "form": Kind(
        tr("Other ways to write"),
        "warning",
        lambda n: tr_n("{n} annotation is written in another form", "{n} annotations are written in other forms", n),
        tr("Annotation {id} is not written as COCO asks: {reason}."),
        tr("It is read, and written in the right form when the dataset is saved. Other tools may read it otherwise."),
    ),
    "no_pixels": Kind(
        tr("Empty masks"),
        "serious",
        lambda n: tr_n("{n} mask is empty", "{n} masks are empty", n),
        tr("The {name} covers no pixel of the image."),
        tr("There is nothing to be learnt from it, and nothing to be seen."),
        tr("Delete"),
    ),
    "beyond": Kind(
        tr("Masks outside"),
        "serious",
        lambda n: tr_n("{n} mask lies outside its image", "{n} masks lie outside their images", n),
        tr("The {name} lies wholly outside the image."),
        tr("Where all of an image do, its size or its picture may be another one's."),
        tr("Delete"),
    ),
    "shares": Kind(
        tr("Shares as coordinates"),
        "serious",
        lambda n: tr_n("{n} polygon lies between 0 and 1", "{n} polygons lie between 0 and 1", n),
        tr("The {name} has coordinates between 0 and 1, which are meant as shares of the image."),
        tr("Multiply x by the width of the image and y by its height."),
        tr("Scale up"),
    ),
    "twice": Kind(
        tr("Objects twice"),
        "serious",
        lambda n: tr_n("{n} object is there twice", "{n} objects are there twice", n),
        tr("Two instances of {name} are the same object (IoU {iou:.2f})."),
        tr("It counts twice, and a model that finds it once is marked down."),
        tr("Delete one"),
    ),
    "two_classes": Kind(
        tr("Objects in two classes"),
        "serious",
        lambda n: tr_n("{n} object has two classes", "{n} objects have two classes", n),
        tr("One object is both {name} and {other} (IoU {iou:.2f})."),
        tr("One of the two cannot be right: look, and delete it."),
    ),
    "inside": Kind(
        tr("Objects in two instances"),
        "warning",
        lambda n: tr_n("{n} object is in two instances", "{n} objects are in two instances", n),
        tr("{share:.0%} of a {name} lies in another {name}."),
        tr("Most likely it is a part that was drawn by itself. Here, two of the class hardly ever lie like that."),
        tr("Join them"),
    ),
    "overlap": Kind(
        tr("Unusual overlaps"),
        "warning",
        lambda n: tr_n("{n} pair overlaps more than usual", "{n} pairs overlap more than usual", n),
        tr("{share:.0%} of a {name} is shared with another {name}; in this class, up to {usual:.0%} is usual."),
        tr("The outlines are rough, or one object was drawn over another."),
        tr("Give it to the smaller"),
    ),
    "speck": Kind(
        tr("Stray pixels"),
        "warning",
        lambda n: tr_n("{n} mask has stray pixels", "{n} masks have stray pixels", n),
        tr("Stray pixels lie beside the {name}: {pixels:,} in all."),
        tr("A slip of the brush or a spike of the polygon: they make the box too large."),
        tr("Remove them"),
    ),
    "sliver": Kind(
        tr("Slivers"),
        "warning",
        lambda n: tr_n("{n} mask is a sliver", "{n} masks are slivers", n),
        tr("The {name} is nowhere wider than {width} pixels, and {length:,.0f} long."),
        tr("What is left when a mask was cut or overpainted looks like that."),
        tr("Delete"),
    ),
    "tiny": Kind(
        tr("Tiny masks"),
        "note",
        lambda n: tr_n("{n} mask is tiny", "{n} masks are tiny", n),
        tr("The {name} covers {pixels:,} pixels."),
        tr("It is hardly larger than a click that slipped, and too small to be learnt."),
        tr("Delete"),
    ),
    "crossing": Kind(
        tr("Self-intersections"),
        "note",
        lambda n: tr_n("{n} outline crosses itself", "{n} outlines cross themselves", n),
        tr("The outline of the {name} crosses itself."),
        tr("Where it does, tools disagree about what is inside."),
        tr("Untangle"),
    ),
    "outside": Kind(
        tr("Beyond the image"),
        "warning",
        lambda n: tr_n("{n} outline leaves its image", "{n} outlines leave their images", n),
        tr("The outline of the {name} reaches {pixels:.2f} pixels beyond the image."),
        tr("Some tools refuse it. A pixel or two come of an image size that is off by one."),
        tr("Cut it off"),
    ),
    "box_only": Kind(
        tr("Boxes without masks"),
        "warning",
        lambda n: tr_n("{n} instance has no mask", "{n} instances have no masks", n),
        tr("The {name} is a box without a mask."),
        tr("It is left out wherever masks are needed. Draw it, or have its box turned into a mask."),
    ),
    "box": Kind(
        tr("Wrong boxes"),
        "warning",
        lambda n: tr_n("{n} box does not fit its mask", "{n} boxes do not fit their masks", n),
        tr("The box of the {name} is off by {pixels:.1f} pixels."),
        tr("Tools that train on boxes learn it wrong. Here, sizes always come from masks."),
        tr("Take it from the mask"),
    ),
    "area": Kind(
        tr("Wrong areas"),
        "note",
        lambda n: tr_n("{n} area does not fit its mask", "{n} areas do not fit their masks", n),
        tr("The file states an area of {stated:,.0f} for the {name}, which covers {pixels:,} pixels."),
        tr("COCO's figures for small and large objects go by it. Here, sizes always come from masks."),
        tr("Count the pixels"),
    ),
    "similar_classes": Kind(
        tr("Similar class names"),
        "warning",
        lambda n: tr_n("{n} class is there by two names", "{n} classes are there by two names", n),
        tr("{name} ({number:,}) and {other} ({other_number:,}) are nearly the same name."),
        tr("A class that is split in two is learnt half as well."),
        tr("Merge into the larger"),
    ),
    "unused_class": Kind(
        tr("Unused classes"),
        "note",
        lambda n: tr_n("{n} class has no instances", "{n} classes have no instances", n),
        tr("There is no {name} in any image."),
        tr("A model gets an output for it, and nothing to learn it from."),
        tr("Delete the class"),
    ),
    "missing_class": Kind(
        tr("Classes not in a split"),
        "warning",
        lambda n: tr_n("{n} class is missing from a split", "{n} classes are missing from a split", n),
        tr("There is no {name} in {split}, and {number:,} in all."),
        tr("What validation does not have is not measured, and what training does not have is not learnt."),
        view="splits",
    ),
    "bare": Kind(
        tr("No annotations"),
        "note",
        lambda n: tr_n("{n} image has no annotations", "{n} images have no annotations", n),
        tr("{name} has none."),
        tr("It is trained on as background. Where nobody has looked at it yet, mark it as to do."),
        tr("Mark as to do"),
    ),
    "turned": Kind(
        tr("Turned pictures"),
        "warning",
        lambda n: tr_n("{n} picture is turned, its masks are not", "{n} pictures are turned, their masks are not", n),
        tr("{name} is shown upright by EXIF, at {own}; its masks are drawn on it as it is stored, at {stated}."),
        tr("Here masks and picture are shown alike. Other tools may turn one and not the other: save it upright."),
    ),
    "unturned": Kind(
        tr("Annotated unturned"),
        "serious",
        lambda n: tr_n("{n} picture was annotated unturned", "{n} pictures were annotated unturned", n),
        tr("{name} is {own} upright, as EXIF says and the file states; its masks only fit {stored}, as it is stored."),
        tr("The masks lie beside their objects. State the stored size in the file, or annotate it anew."),
    ),
    "swapped_size": Kind(
        tr("Swapped sizes"),
        "warning",
        lambda n: tr_n("{n} image has width and height swapped", "{n} images have width and height swapped", n),
        tr("{name} is {own}; the file states {stated}."),
        tr("What lies outside the stated size is cut. Correct it in the file."),
    ),
    "pages": Kind(
        tr("Only the first page"),
        "warning",
        lambda n: tr_n("{n} picture has several pages", "{n} pictures have several pages", n),
        tr("{name} has several pages, of which the first is read."),
        tr("Drop the file by itself on the Home page to get an image of each."),
    ),
    "other_size": Kind(
        tr("Other sizes"),
        "warning",
        lambda n: tr_n("{n} picture has another size", "{n} pictures have another size", n),
        tr("{name} is {own}; the file states {stated}."),
        tr("The picture is fitted to the stated size: a line or two are cut or repeated, more is scaled."),
    ),
    "duplicate": Kind(
        tr("Duplicates"),
        "warning",
        lambda n: tr_n("{n} picture is there twice", "{n} pictures are there twice", n),
        tr("{one} and {other} are the same, or nearly ({alike:.2f} alike)."),
        tr("It weighs twice in training. Keep the better annotated one."),
    ),
    "problem": Kind(
        tr("Other remarks"),
        "note",
        lambda n: tr_n("{n} other remark", "{n} other remarks", n),
        "{text}",
        tr("The rest of the dataset stays usable."),
    ),
}
"""In the order in which a person should look."""
