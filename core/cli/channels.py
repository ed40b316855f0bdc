"""``maskwright channels``: how the pictures of a dataset are read, said and chosen."""

import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import typer

from core.channel_settings import ChannelSettings
from core.dataset import Dataset, channel_file
from core.dataset.opening import open_dataset
from core.dataset.value_range import value_range
from core.errors import UserError
from core.plain_text import printable
from core.streams import lost
from core.words import sentences, tr

Range = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is typed; ``None`` and ``False`` stay as the dataset has it."""

    sources: tuple[int | None, int | None, int | None]
    """The channels of red, green and blue, counted from 1 as in the window."""
    percentiles: Range | None
    values: Range | None
    same: bool
    """Whether the percentiles are those of pictures from all over the dataset, as values for all."""
    clear: bool

    def __post_init__(self) -> None:
        if self.clear and (any(self.sources) or self.percentiles or self.values or self.same):
            raise typer.BadParameter(tr("--clear takes all of it away; say it alone"))
        if self.values and (self.percentiles or self.same):
            raise typer.BadParameter(tr("either --values, or --percentiles with or without --same"))


def show_channels(path: Path, wanted: Wanted, *, as_json: bool) -> None:
    """Do what is ``wanted`` of the dataset at ``path``, and print how its pictures are read now. Raises ``UserError``
    when it cannot be opened, looked into or written, and ``typer.BadParameter`` for values that do not go together."""
    dataset = open_dataset(path)
    before = channel_file.read(dataset.root)
    settings = None if wanted.clear else _chosen(dataset, before, wanted)
    if settings != before:
        channel_file.write(dataset.root, settings)
    if as_json:
        said = {"file": str(dataset.root / channel_file.FILE) if settings else None, "channels": settings}
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n")
    else:
        sys.stdout.write(printable(_in_words(settings)) + "\n")
    if failure := lost(sys.stdout):
        raise UserError(tr("the channels cannot be written: {reason}", reason=failure.strerror))


def _chosen(dataset: Dataset, before: ChannelSettings | None, wanted: Wanted) -> ChannelSettings | None:
    if not (any(wanted.sources) or wanted.percentiles or wanted.values or wanted.same):
        return before
    settings, usual = before or ChannelSettings(), ChannelSettings()
    red, green, blue = (
        known if number is None else number - 1 for known, number in zip(settings.sources, wanted.sources, strict=True)
    )
    settings = msgspec.structs.replace(settings, sources=(red, green, blue))
    try:
        if wanted.values:
            return ChannelSettings(settings.sources, "values", *wanted.values)
        if wanted.percentiles or wanted.same:
            settings = ChannelSettings(
                settings.sources, "percentiles", *(wanted.percentiles or (usual.low, usual.high))
            )
    except ValueError:
        message = tr("white has to begin above black; percentiles are from 0 to 100")
        raise typer.BadParameter(message) from None
    if not wanted.same:
        return settings
    found = value_range(dataset, settings, settings.low, settings.high)
    if found is None or not found[0] < found[1]:
        raise UserError(
            tr("no picture of {dataset} tells from which value to which it goes", dataset=dataset.name),
            tr("say the values: --values 0 4095"),
        )
    return ChannelSettings(settings.sources, "values", *found)


def _in_words(settings: ChannelSettings | None) -> str:
    if settings is None:
        return tr("Pictures are read as their files hold them.")
    red, green, blue = (source + 1 for source in settings.sources)
    channels = tr("Red, green and blue are the channels {red}, {green} and {blue}", red=red, green=green, blue=blue)
    if settings.scale == "values":
        limits = tr(
            "in all pictures, black ends at {low:g} and white begins at {high:g}", low=settings.low, high=settings.high
        )
    else:
        limits = tr(
            "in each picture, black ends at percentile {low:g} and white begins at percentile {high:g}",
            low=settings.low,
            high=settings.high,
        )
    return sentences(channels, limits)
