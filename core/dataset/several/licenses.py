"""The licenses that images of several COCO files are under, as one list."""

from typing import Any

import msgspec
from msgspec import Raw

from core.dataset.coco.coco_file import CocoFile
from core.dataset.coco.unique_ids import free_after
from core.dataset.writing import header_of
from core.reading import decoded

_FIELD = "license"


class Licenses:
    """Each of another content is in the list once. It keeps its id where no other has it."""

    def __init__(self) -> None:
        self._entries: dict[int, dict[str, Any]] = {}

    def add(self, file: CocoFile) -> dict[Any, int]:
        """Take those of a file into the list; returns their ids there by those in the file."""
        stated = decoded(header_of([file]).get("licenses", b""), list[dict[str, Any]]) or []
        new: dict[Any, int] = {}
        for entry in stated:
            own, content = entry.get("id"), {key: value for key, value in entry.items() if key != "id"}
            if not isinstance(own, int | str):
                continue
            known = next((id for id, one in self._entries.items() if one == content), None)
            if known is None:
                known = own if isinstance(own, int) and own not in self._entries else free_after(self._entries)
                self._entries[known] = content
            new.setdefault(own, known)
        return new

    def header(self) -> dict[str, Raw]:
        """The list as it stands in a file; nothing where there is none."""
        entries = [{"id": id} | content for id, content in self._entries.items()]
        return {"licenses": Raw(msgspec.json.encode(entries))} if entries else {}


def relicensed(entry: Raw, ids: dict[Any, int]) -> dict[str, Any]:
    """What changes in an image's entry where licenses get other ``ids``: one that its file does not define goes."""
    stated = (decoded(entry, dict[str, Any]) or {}).get(_FIELD)
    new = ids.get(stated) if isinstance(stated, int | str) else None
    return {} if stated == new else {_FIELD: new}
