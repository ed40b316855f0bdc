"""What translators get of the recipes that ship: a method of extraction for Babel, which reads Python by itself."""

from collections.abc import Iterator
from typing import Any, BinaryIO

import yaml

FIELDS = ("good_for", "why_schedule")
"""What ``core.recipes.catalogue`` shows in the person's language; titles are names."""


def extract(
    file: BinaryIO, keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:
    """Line, function, text and comments of each text in a recipe's file, as ``babel.messages.extract`` wants them."""
    for key, value in yaml.compose(file, Loader=yaml.SafeLoader).value:
        if key.value in FIELDS:
            yield key.start_mark.line + 1, None, value.value, []
