"""What a screen reader says: every control of every page has a name."""

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

KINDS = (QAbstractButton, QLineEdit, QComboBox, QAbstractSpinBox, QAbstractSlider, QAbstractItemView)


def nameless(root: QWidget) -> list[str]:
    """Controls with neither text nor a name, as class and place."""
    found = []
    for widget in root.findChildren(QWidget):
        inner = isinstance(widget.parent(), QComboBox | QAbstractSpinBox) or "qt_" in widget.objectName()
        if inner or not widget.isVisible() or isinstance(widget, QScrollBar) or not isinstance(widget, KINDS):
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def test_every_control_of_every_page_has_a_name(qtbot, window, dataset_folder):
    with qtbot.waitSignal(window.document.opened, timeout=10_000):
        window.document.open(dataset_folder)
    for page in ("home", "dataset", "annotate", "train", "evaluate", "deploy"):
        window.show_page(page)
        qtbot.wait(200)
        assert not nameless(window), page
