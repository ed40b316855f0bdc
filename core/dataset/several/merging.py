"""The job that merges datasets: one COCO folder of several, with ids of its own, splits kept."""

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import msgspec
from msgspec import Raw

from core.dataset import channel_file
from core.dataset.coco.entries import image_places, stated_fields, with_fields
from core.dataset.coco.unique_ids import free_after
from core.dataset.dataset import Dataset
from core.dataset.folder.plain_folder import without_claim
from core.dataset.formats.any_format import OpenedAny, open_any
from core.dataset.formats.export import content_key, new_folder, require_apart
from core.dataset.formats.placing import LinkOrCopy, PictureNames, bring, folder_of_split
from core.dataset.health.checks import report_problems
from core.dataset.lenient_json import Id, identity
from core.dataset.model import Image
from core.dataset.problems import Problem, ProblemLog
from core.dataset.repair import repaired
from core.dataset.several.carried import common_channels, common_rule
from core.dataset.several.licenses import Licenses, relicensed
from core.dataset.several.merge_plan import MergePlan, plan_merge
from core.dataset.several.same_pictures import Place
from core.dataset.splits import split_file
from core.dataset.splits.split_file import SplitFile, SplitRule, names_in_files, split_names
from core.dataset.splits.splits import UNLABELLED
from core.dataset.writing import encode, header_of
from core.errors import UserError
from core.files import make_folders, write_atomically
from core.jobs import MergeJob
from core.runs.control import PROGRESS_EVERY, Check, Report, Throttle
from core.runs.events import Artifact, Done, Log, Progress, Stage
from core.runs.folder import RunFolder
from core.words import tr

_UNDECIDED = "default"
"""The name of the file of images that are in no split."""
_TWIN = tr("it is the picture of an earlier dataset, annotated at another size; its instances are left out")


def merge(job: MergeJob, folder: RunFolder, report: Report, check: Check) -> None:
    """Do a merge job. Raises ``UserError`` where a dataset cannot be read, a class is none, or ``output`` is there."""
    output = Path(job.output)
    if len(job.datasets) < 2:
        raise UserError(tr("there is only one dataset to merge"), tr("name two or more"))
    for path in job.datasets:
        require_apart(output, Path(path))
    with tempfile.TemporaryDirectory(dir=folder.path) as scratch:
        pictures: LinkOrCopy = "copy" if job.pictures == "copy" else "link"
        opened = [
            # without validation images that nobody has chosen: whether some are to be depends on all of them together
            open_any(Path(path), Path(scratch) / str(number), report, check, pictures=pictures, validation_fraction=0)
            for number, path in enumerate(job.datasets)
        ]
        report(Stage(name=tr("Looking for pictures that several have")))
        plan = plan_merge([each.dataset for each in opened], job.classes, job.duplicates, job.same, report, check)
        _say_renamed(plan, report)
        if not job.dry_run:
            report(Stage(name=tr("Writing {format}", format="COCO")))
            key = "-".join(
                content_key(each.dataset, each.dataset.images, *job.classes, job.duplicates, job.same, job.pictures)
                for each in opened
            )
            report_problems(_write(plan, opened, output, key, report, check), report)
            report(Artifact(kind="dataset", path=str(output)))
        found = plan.report(job.datasets, job.output, written=not job.dry_run)
    for words in found.carried.in_words():
        report(Log(message=words))
    write_atomically(folder.path / job.result, msgspec.json.encode(found))
    report(
        Done(
            summary={
                "images": found.images,
                "instances": found.instances,
                "classes": len(plan.names),
                "shared": found.shared,
                "repeated": found.repeated,
            }
        )
    )


def _say_renamed(plan: MergePlan, report: Report) -> None:
    for dataset, labels in zip(plan.datasets, plan.labels, strict=True):
        for category, label in zip(dataset.categories, labels, strict=True):
            name = category.name
            if label < 0:
                report(Log(message=tr("{dataset}: class “{name}” is left out.", dataset=dataset.name, name=name)))
            elif (into := plan.names[label]) != name:
                message = tr("{dataset}: class “{name}” becomes “{into}”.", dataset=dataset.name, name=name, into=into)
                report(Log(message=message))


def _write(
    plan: MergePlan, opened: Sequence[OpenedAny], output: Path, key: str, report: Report, check: Check
) -> list[Problem]:
    with new_folder(output, of=key) as folder:
        writer = _Writer(plan, folder)
        total, done, progress = sum(len(dataset.images) for dataset in plan.datasets), 0, Throttle(PROGRESS_EVERY)
        for number, each in enumerate(opened):
            for image in each.dataset.images:
                check()
                writer.add(number, image, each.pictures)
                done += 1
                if progress.due() or done == total:
                    report(Progress(done=done, total=total, unit=tr("images")))
        writer.finish()
    return writer.log.problems()


class _Writer:
    """The COCO files of the splits, growing image by image."""

    def __init__(self, plan: MergePlan, folder: Path) -> None:
        self._plan, self._folder = plan, folder
        self._category_ids = _category_ids(plan)
        self._places = [_image_places(dataset) for dataset in plan.datasets]
        self._names, self._licenses = PictureNames(), Licenses()
        self._license_ids = [[self._licenses.add(file) for file in dataset.files] for dataset in plan.datasets]
        self._sections: defaultdict[str, tuple[list[Raw], list[Raw]]] = defaultdict(lambda: ([], []))
        self._written: dict[Place, tuple[int, str]] = {}
        """The id and the split of each image that is written."""
        self._called: dict[Place, tuple[str, str]] = {}
        """The split and the file name of each."""
        self._instances = 0
        self.log = ProblemLog()

    def add(self, number: int, image: Image, pictures: LinkOrCopy) -> None:
        """Write an image and its instances, or these alone where an earlier dataset has its picture."""
        place = number, image.index
        first = self._plan.twins.get(place)
        if first is None:
            self._written[place] = self._add_image(number, image, pictures)
        elif place in self._plan.unfit:
            self.log.add(self._plan.datasets[number].name, image.file_name, tr("is not written"), _TWIN)
        id, split = self._written[first or place]
        dataset, entries = self._plan.datasets[number], self._sections[split][1]
        annotations = repaired(dataset, dataset.file_number(image)).annotations.entries
        labels = dataset.annotations.labels[dataset.annotations.rows(image.index)]
        stand = dataset.entries(image)
        for position in self._plan.written(number, image):
            self._instances += 1
            category = self._category_ids[self._plan.labels[number][labels[position]]]
            ids = {"id": self._instances, "image_id": id, "category_id": category}
            entries.append(with_fields(annotations[stand[position]], ids))

    def _add_image(self, number: int, image: Image, pictures: LinkOrCopy) -> tuple[int, str]:
        dataset, split = self._plan.datasets[number], folder_of_split(self._plan.split(number, image)) or _UNDECIDED
        id, name = len(self._written) + 1, self._names.free(split, image.file_name, flat=True)
        if dataset.has_picture(image):
            bring(dataset.image_path(image), self._folder / "images" / split / name, pictures)
        else:
            self.log.add(dataset.name, image.file_name, tr("the picture is missing"), tr("its annotations are written"))
        file = dataset.file_number(image)
        entry = self._places[number][file, image.id]
        joined = self._plan.joined.get((number, image.index))
        changes = relicensed(entry, self._license_ids[number][file]) | (joined.changes if joined is not None else {})
        self._sections[split][0].append(with_fields(entry, {"id": id, "file_name": name} | changes))
        self._called[number, image.index] = split, name
        return id, split

    def finish(self) -> None:
        """Write a file for each split, all with the same classes."""
        header = without_claim(header_of(file for dataset in self._plan.datasets for file in dataset.files))
        header |= self._licenses.header()
        categories = _categories(self._plan, self._category_ids)
        make_folders(self._folder / "annotations")
        for split, (images, annotations) in self._sections.items():
            data = encode(header, (images, annotations, categories))
            write_atomically(self._folder / _file(split), data)
        if (channels := common_channels(self._plan.datasets)) is not None:
            channel_file.write(self._folder, channels)
        if (rule := common_rule(self._plan.datasets)) is not None:
            split_file.write(self._folder, self._divided_by(rule))

    def _divided_by(self, rule: SplitRule) -> SplitFile:
        """The splits of the result as its file has them; its folds are those of the datasets joined."""
        places: defaultdict[str, list[Place]] = defaultdict(list)
        for place, (split, _) in self._called.items():
            places[split].append(place)
        of_files = [[self._called[place][1] for place in some] for some in places.values()]
        names = names_in_files([*map(_file, places)], of_files)
        called = dict(zip((place for some in places.values() for place in some), names, strict=True))
        folds: list[list[str]] = [[] for _ in range(rule.folds)]
        for number, dataset in enumerate(self._plan.datasets):
            own = split_names(dataset.root, dataset.files, _by_file(dataset))
            index_of = {name: index for index, name in enumerate(own)}
            assert dataset.split_file is not None
            for fold, of_fold in zip(folds, dataset.split_file.folds, strict=False):
                places_of = [(number, index_of[name]) for name in of_fold if name in index_of]
                fold += [called[place] for place in places_of if place in called]
        return SplitFile(
            rule=rule,
            splits={
                split: [called[place] for place in some]
                for split, some in places.items()
                if split not in (_UNDECIDED, UNLABELLED)  # nobody gave them these
            },
            folds=folds,
        )


def _file(split: str) -> str:
    """Where the annotations of a split are, relative to the folder that is written."""
    return f"annotations/instances_{split}.json"


def _by_file(dataset: Dataset) -> list[Sequence[Image]]:
    return [dataset.images[first:end] for first, end in pairwise(dataset.first_images)]


def _image_places(dataset: Dataset) -> dict[tuple[int, Id], Raw]:
    """The entry of each image by the number of its file and its id there."""
    entries: dict[tuple[int, Id], Raw] = {}
    for number in range(len(dataset.files)):
        raws = repaired(dataset, number).images.present()
        entries |= {(number, id): raws[place] for id, place in image_places(raws).items()}
    return entries


def _category_ids(plan: MergePlan) -> list[int]:
    """The id of each class of the result: those of the first dataset keep theirs."""
    ids = [category.id for category in plan.datasets[0].categories]
    free = free_after(ids)
    return ids + list(range(free, free + len(plan.names) - len(ids)))


def _categories(plan: MergePlan, ids: Sequence[int]) -> list[Raw]:
    """The entry of each class, with its fields that are unknown here: the first that a dataset has for it."""
    entries: dict[int, Raw] = {}
    for dataset, labels in zip(plan.datasets, plan.labels, strict=True):
        for number, own in enumerate(dataset.label_maps):
            for raw in repaired(dataset, number).categories.present():
                id = identity(stated_fields(raw).id)
                if id is not None and (label := int(labels[own[id]])) >= 0:
                    entries.setdefault(label, raw)
    return [
        with_fields(entries.get(label), {"id": id, "name": name})
        for label, (id, name) in enumerate(zip(ids, plan.names, strict=True))
    ]
