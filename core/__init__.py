"""Maskwright without a window: datasets, recipes, models, training, inference, export. No Qt anywhere below here."""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and sys.path[0] != os.path.dirname(__path__[0]):  # noqa: PTH120
    del sys.path[0]  # ``python -m core.…`` puts the working directory first, which may be somebody's dataset
