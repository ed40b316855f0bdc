"""What the window's process loads, and when."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

HEAVY = ("torch", "torchvision", "pytorch_lightning", "timm", "nncf", "datumaro")
AFTER_FIRST_PAINT = ("numpy", "cv2", "PIL", "pyvips", "pyqtgraph", "openvino", "qtawesome", "shapely", "core.dataset")

SCRIPT = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
import app.__main__ as start
import app.window.main_window

seen = {{}}
paint = app.window.main_window.MainWindow.paintEvent

def first(window, event):
    if not seen:
        seen["first paint"] = set(sys.modules)
        QTimer.singleShot(500, look)
    paint(window, event)

app.window.main_window.MainWindow.paintEvent = first

def look():
    window = next(widget for widget in QApplication.topLevelWidgets() if hasattr(widget, "show_page"))
    for key in ("dataset", "annotate", "train", "evaluate", "deploy", "home"):
        window.show_page(key)
    QTimer.singleShot(1500, QApplication.quit)

start.main([{dataset!r}])
assert seen, "the window was never painted"
print(*sorted(name for name in {late} if name in seen["first paint"]), sep=",")
print(*sorted(name for name in {heavy} if name in sys.modules), sep=",")
print("core.dataset" in sys.modules)
"""


def test_nothing_slow_is_loaded_before_the_first_paint_and_nothing_heavy_ever(dataset_folder):
    script = SCRIPT.format(late=AFTER_FIRST_PAINT, heavy=HEAVY, dataset=str(dataset_folder))
    result = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    early, heavy, opened = result.stdout.splitlines()
    assert early == ""
    assert heavy == ""
    assert opened == "True"
