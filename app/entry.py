"""``python -m app.entry [window [DATASET] | job RUN | WORDS]``: the first word decides what this process is, and other
words are those of the command. A frozen program is this module: it starts its window and its jobs by its own
``sys.executable``."""

import multiprocessing
import sys
from pathlib import Path


def main() -> None:
    """Be the window, the process of a job, or the command, and leave with its exit code."""
    multiprocessing.freeze_support()  # loaders of training images start here, too, in a frozen program on Windows
    match sys.argv[1:]:
        case ["job", folder]:
            from core.execution.child import main as work

            sys.exit(work(Path(folder)))
        case [] | ["window", *_]:
            from app.__main__ import run as open_window

            open_window(sys.argv[2:])
        case _:
            from core.cli import main as obey

            obey()


if __name__ == "__main__":
    main()
