"""What is loaded before a training starts."""

import subprocess
import sys

CODE = """
import gc, sys
from core.training.fast_import import swift_imports
with swift_imports():
    import core.training.fit
heavy = {"scipy.signal", "scipy.stats", "openvino", "matplotlib", "datumaro", "nncf", "PySide6"} & set(sys.modules)
assert not heavy, f"loaded {heavy}"
assert gc.isenabled() and gc.get_freeze_count() > 100_000
import scipy.signal
assert scipy.signal.windows.hamming(3).argmax() == 1
"""


def test_a_training_loads_nothing_it_has_no_use_for_and_spoils_nothing_for_others() -> None:
    subprocess.run([sys.executable, "-c", CODE], check=True, timeout=300)
