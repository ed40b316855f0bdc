"""How long the window takes for a frame around a training: the page comes, is set up, starts, learns.

``python tests/benchmarks/train_page.py``: the child only pretends, so what is measured is the window. Beside each gap
stands the time that the window's own thread computed in it: on a busy machine that is the part it can help.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from gallery_scroll import Heartbeat, make_dataset, run
from PySide6.QtWidgets import QApplication

from app.__main__ import keep_responsive
from app.document.document import Document
from app.runs.job_list import JobList
from app.settings.settings import Settings
from app.style.theme import Theme
from app.window.main_window import MainWindow
from tests.app.pieces import child

TRAINING = """
say(events.Plan(epochs=40, steps_per_epoch=10, train_images=40, validation_images=4, device="cpu", precision="fp32",
                parameters=5_000_000, patience=3))
for n in range(1, 401):
    losses = {"total": 500 / n, "classes": 200 / n, "boxes": 150 / n, "masks": 150 / n}
    say(events.Step(epoch=(n + 9) // 10, step=n, losses=losses, learning_rate=0.1, images_per_second=3.14,
                    memory_mb=100))
    if n % 10 == 0:
        say(events.Validation(epoch=n // 10, map=n / 500, map50=n / 450, box_map=n / 500, per_class={"c1": n / 500},
                              best=True, seconds=1))
        say(events.Eta(seconds=400 - n, epochs_left=40 - n // 10, patience_left=3))
    time.sleep(0.02)
say(events.Done())
"""


class ThreadHeartbeat(Heartbeat):
    """Also notes how long its own thread computed in each gap."""

    def __init__(self) -> None:
        super().__init__()
        self.computed: list[float] = []
        self._at = time.thread_time()

    def _beat(self) -> None:
        super()._beat()
        now = time.thread_time()
        self.computed.append((now - self._at) * 1000)
        self._at = now

    def report(self, what: str) -> None:
        computed = max(self.computed, default=0.0)
        self.computed.clear()
        super().report(f"{what:24} {computed:5.1f} ms")


def main() -> None:
    app = QApplication([])
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["XDG_CACHE_HOME"] = os.environ["MASKWRIGHT_HOME"] = temporary
        folder = make_dataset(Path(temporary) / "data", 40)
        text = (folder / "annotations" / "instances_train.json").read_text()
        (folder / "annotations" / "instances_val.json").write_text(text)
        settings, document = Settings(Path(temporary) / "settings.ini"), Document()
        jobs = JobList(settings.runs_folder, child(TRAINING))
        window = MainWindow(document, jobs, settings, Theme(app, "dark"))
        window.resize(1600, 1000)
        window.show()
        document.open(folder)
        run(2)
        heart = ThreadHeartbeat()
        heart.start()
        keep_responsive(window)
        run(3)
        heart.report("pages are made ahead")
        window.show_page("train")
        run(2)
        heart.report("the page comes")
        page = window.page
        setup = page.setup  # type: ignore[attr-defined]
        for card in setup.cards.cards.values():
            card.clicked.emit()
            run(0.3)
        heart.report("choosing recipes")
        setup.form.rest.button.click()
        run(2)
        heart.report("unfolding all settings")
        for number in range(20):
            setup.form.cells["scale_jitter"].editor.set_value(number / 25)
            run(0.1)
        run(1)
        heart.report("changing an augmentation")
        setup.start.click()
        run(3)
        heart.report("starting, plots")
        run(7)
        heart.report("training")
        jobs.close()
        os._exit(0)


if __name__ == "__main__":
    main()
