"""Short work off the GUI thread."""

import threading
import time

from app.threads import workers
from app.threads.workers import LatestWorker


def test_the_answer_comes_on_the_gui_thread_from_another_one(qtbot):
    worker = LatestWorker()
    with qtbot.waitSignal(worker.done, timeout=5000) as done:
        worker.run(threading.get_ident)
    assert done.args[0] != threading.get_ident()


def test_the_newest_request_wins_and_those_between_never_run(qtbot):
    worker, ran, answers = LatestWorker(), [], []
    gate = threading.Event()

    def work(number: int) -> int:
        ran.append(number)
        gate.wait(5)
        return number

    worker.done.connect(answers.append)
    for number in range(5):
        worker.run(work, number)
        qtbot.waitUntil(lambda: ran == [0])
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy, timeout=5000)
    assert ran == [0, 4] and answers == [4]


def test_a_dropped_request_gives_no_answer(qtbot):
    worker = LatestWorker()
    with qtbot.assertNotEmitted(worker.done, wait=300):
        worker.run(time.sleep, 0.05)
        worker.drop()


def test_an_error_is_handed_over(qtbot):
    worker = LatestWorker()
    with qtbot.waitSignal(worker.failed, timeout=5000) as failed:
        worker.run(int, "x")
    assert isinstance(failed.args[0], ValueError)


def test_a_lane_may_go_away_while_it_works(qtbot):
    worker = LatestWorker()
    worker.run(time.sleep, 0.2)
    with qtbot.waitSignal(worker.destroyed):
        worker.deleteLater()
    assert workers.finish(10_000)
    qtbot.wait(50)  # in which its answer would come
