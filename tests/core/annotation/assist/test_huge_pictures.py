"""In a huge picture the tools that look at colors read a part of it."""

import numpy as np
import pytest

from core.annotation.assist import grab_cut, scissors, wand
from core.geometry import masks
from tests.core.annotation.assist.disc import DISC, HUGE


@pytest.mark.parametrize(
    "ask",
    [
        lambda pixels: wand.flood(pixels, (9000, 9000), 20),
        lambda pixels: grab_cut.cut(pixels, (9000, 9000, 200, 200), [masks.Mask(9050, 9050, DISC.view("u1"), HUGE)]),
        lambda pixels: scissors.path(pixels, (100, 100), (15_000, 12_000)),
    ],
)
def test_in_a_huge_picture_they_take_what_they_look_at(ask, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(wand, "FAR", 1000)
    pixels = np.broadcast_to(np.uint8(90), (*HUGE, 3))
    tracemalloc.start()
    ask(pixels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 100 << 20, "of 1,200 MB"
