"""What is computed once and remembered."""

import threading

import pytest

from core.dataset.results import Results


def test_who_asks_meanwhile_waits_and_gets_the_same():
    results, begun, go = Results({"known": 1}), threading.Event(), threading.Event()
    made: list[object] = []

    def compute() -> object:
        made.append(object())
        begun.set()
        go.wait(10)
        return made[-1]

    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(results.once("key", compute))) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert begun.wait(10) and results.once("another", lambda: 2) == 2, "others are not waited for"
    go.set()
    for thread in threads:
        thread.join(10)
    assert found == made * 3 and len(made) == 1
    assert results.known() == {"known": 1, "another": 2, "key": made[0]}


def test_what_fails_is_not_remembered():
    results = Results({})
    with pytest.raises(ZeroDivisionError):
        results.once("key", lambda: 1 / 0)
    assert results.once("key", lambda: 3) == 3
