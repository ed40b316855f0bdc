"""Lines that break: what is lower than its neighbours is at half their height."""

from PySide6.QtWidgets import QWidget

from app.widgets.flow import Flow, Wrapping


def test_items_of_a_line_have_a_common_middle(qtbot):
    box, flow = Wrapping(), Flow(gap=10)
    items = []
    for width, height in ((80, 40), (60, 20), (90, 30)):
        item = QWidget()
        item.setFixedSize(width, height)
        flow.addWidget(item)
        items.append(item)
    box.setLayout(flow)
    qtbot.addWidget(box)
    box.resize(200, 100)
    box.show()
    high, low, next_line = items
    assert high.geometry().center().y() == low.geometry().center().y()
    assert (low.x(), next_line.x(), next_line.y()) == (90, 0, 50)
