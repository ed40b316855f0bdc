"""In which order runs are offered, and what their datasets are called."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from core.jobs.job import dataset_name
from core.plain_text import printable
from core.runs.history import RunSummary

_DEEPEST = 4


def in_order(lines: Iterable[RunSummary], owned: Callable[[str], bool]) -> list[RunSummary]:
    """Trainings on the open dataset first, for which ``owned`` holds, then dataset by dataset, the one trained on last
    first. In each, the best before the newest."""
    lines = list(lines)
    latest: dict[str, float] = {}
    for line in lines:
        latest[line.dataset] = max(latest.get(line.dataset, 0.0), line.file.created)

    def key(line: RunSummary) -> tuple[bool, float, str, float, float]:
        group = (False, 0.0, "") if owned(line.dataset) else (True, -latest[line.dataset], line.dataset)
        return *group, -(line.best if line.best is not None else -1.0), -line.file.created

    return sorted(lines, key=key)


def dataset_names(paths: Iterable[str]) -> dict[str, str]:
    """Names of datasets by their paths, with folders around them where two would be called alike."""
    names = {path: dataset_name(path) for path in paths}
    for depth in range(1, _DEEPEST):
        alike = Counter(names.values())
        for path, name in names.items():
            if alike[name] > 1:
                names[path] = printable("/".join((*Path(path).parts[-1 - depth : -1], Path(path).name)))
    return names
