"""Whether an export is of the weights that its run has now."""

import os
from pathlib import Path

import pytest

from core.deployment.record import ExportRecord, is_fresh, mark_of
from core.runs.folder import RunFolder

HOUR = 3600


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.checkpoints.mkdir()
    folder.weights.write_bytes(b"first")
    (folder.export / "fp16").mkdir(parents=True)
    (folder.export / "fp16" / "model.xml").touch()
    return folder


@pytest.mark.parametrize("step", [-HOUR, 0, HOUR])
def test_better_weights_make_it_stale_whatever_the_clock_was_set_to(run: RunFolder, step: int) -> None:
    export = run.export / "fp16"
    record = ExportRecord(precision="fp16", size_mb=1, weights=mark_of(run.weights))
    assert is_fresh(run, export, record)
    before = run.weights.stat().st_mtime
    run.weights.write_bytes(b"other")
    os.utime(run.weights, (before + step + 1, before + step + 1))
    assert not is_fresh(run, export, record)
    run.weights.unlink()
    assert is_fresh(run, export, record), "there is nothing else"


def test_an_export_of_an_earlier_version_goes_by_its_time(run: RunFolder) -> None:
    export = run.export / "fp16"
    made = (export / "model.xml").stat().st_mtime
    for later, fresh in ((-1, True), (1, False)):
        os.utime(run.weights, (made + later, made + later))
        assert is_fresh(run, export, ExportRecord(precision="fp16", size_mb=1)) is fresh
