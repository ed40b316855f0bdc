"""Which tools there are."""

from collections import Counter

import pytest

from app.settings.toolbox import COMMANDS, TOOLS
from app.style.icons import icon
from app.tools.commands import make_tool
from tests.app.tools.bench import Bench


def test_every_tool_has_its_own_key_icon_and_shortcut(qapp):
    for values in zip(*((entry.key, entry.title, entry.icon, entry.shortcut) for entry in TOOLS), strict=True):
        assert max(Counter(values).values()) == 1, values
    for entry in (*TOOLS, *COMMANDS):
        assert not icon(entry.icon).pixmap(24).toImage().isNull()


@pytest.mark.parametrize("entry", TOOLS, ids=lambda entry: entry.key)
def test_a_tool_is_what_the_strip_says(bench: Bench, entry):
    tool = make_tool(entry, bench.context)
    assert tool.entry is entry and entry.help.endswith(".") and len(entry.help) < 130
    assert tool.values.keys() == {option.key for option in tool.options}


@pytest.mark.parametrize("entry", TOOLS, ids=lambda entry: entry.key)
def test_a_tool_does_no_harm_before_there_is_an_image(qtbot, make_bench, entry):
    bench = make_bench()
    tool = bench.take(entry.key)
    tool.end()
    bench.context.show(None)
    tool.begin()
    bench.click((20, 20))
    bench.drag((20, 20), (60, 60))
    bench.double_click((90, 90))
    tool.end()
    assert bench.steps == 0
