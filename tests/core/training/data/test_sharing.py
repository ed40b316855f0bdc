"""What loader processes are given."""

import gc
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from core.dataset.coco.entry_list import EntryList
from core.dataset.packed_list import PackedList
from core.errors import UserError
from core.images import disk_cache
from core.training.data.sharing import Shared


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASKWRIGHT_HOME", str(tmp_path / "home"))


def files() -> list[Path]:
    return list(disk_cache.folder("loaders").glob("*"))


def test_a_value_arrives_and_its_file_goes_with_it() -> None:
    entries = EntryList(b'[{"a":1},{"a":2}]', np.array([1, 9]), np.array([8, 16]))
    value = {"numbers": np.arange(5), "none": np.zeros(0), "entries": entries, "texts": PackedList.of(str, ["a", "ö"])}
    shared = Shared(value)
    arrived = pickle.loads(pickle.dumps(shared))  # noqa: S301
    assert len(files()) == 1
    assert arrived["numbers"].tolist() == [0, 1, 2, 3, 4] and arrived["none"].size == 0
    assert [bytes(entry) for entry in arrived["entries"]] == [b'{"a":1}', b'{"a":2}']
    assert arrived["entries"].text() == entries.text()
    assert list(arrived["texts"]) == ["a", "ö"]
    with pytest.raises(ValueError, match="read-only"):
        arrived["numbers"][0] = 1
    del arrived, shared
    gc.collect()
    assert not files()


def test_a_process_holds_no_copy_of_what_it_is_given() -> None:
    texts = PackedList.of(str, (f"picture {number:090}.jpg" for number in range(20_000)))
    shared = Shared([texts, np.zeros(250_000)])
    sent = pickle.dumps(shared)
    assert len(sent) < 1000
    tracemalloc.start()
    try:
        arrived, numbers = pickle.loads(sent)  # noqa: S301
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < 100_000 and numbers.nbytes == 2_000_000
    assert arrived[-1] == texts[19_999] and arrived[:2] == [texts[0], texts[1]]


def test_a_place_that_is_no_folder_is_said() -> None:
    disk_cache.folder().mkdir(parents=True)
    disk_cache.folder("loaders").write_text("")
    with pytest.raises(UserError) as caught:
        Shared([1])
    assert "workers=0" in caught.value.hint
