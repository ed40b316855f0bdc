"""From the start of the process to the first picture of the window: the median of several starts.

``python tests/benchmarks/first_paint.py [starts]``. Wants a screen, or ``QT_QPA_PLATFORM=offscreen``, or Xvfb.
"""

import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SCRIPT = """
import os, time
import app.__main__ as start
import app.window.main_window
import psutil

began = psutil.Process().create_time()
paint = app.window.main_window.MainWindow.paintEvent

def first(window, event):
    paint(window, event)
    print(time.time() - began, flush=True)
    os._exit(0)

app.window.main_window.MainWindow.paintEvent = first
start.main([])
"""


def main() -> None:
    starts = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = []
    for _ in range(starts):
        result = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
        seconds.append(float(result.stdout))
    print(f"first paint: median {statistics.median(seconds):.2f} s of", *(f"{value:.2f}" for value in seconds))


if __name__ == "__main__":
    main()
