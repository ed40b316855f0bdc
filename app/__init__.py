"""Maskwright's window. Qt only: no file format, no mathematics, no training."""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and sys.path[0] != os.path.dirname(__path__[0]):  # noqa: PTH120
    del sys.path[0]  # as in ``core``, which a dataset could have a folder of that name for
