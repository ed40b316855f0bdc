"""The small parts that pages are made of."""

from app.widgets.buttons import chip, link_button, primary_button, tool_button
from app.widgets.containers import Card, Section, column, hairline, row, scrolling
from app.widgets.labels import ElidedLabel, label
from app.widgets.states import EmptyState, ErrorState, LoadingState

__all__ = [
    "Card",
    "ElidedLabel",
    "EmptyState",
    "ErrorState",
    "LoadingState",
    "Section",
    "chip",
    "column",
    "hairline",
    "label",
    "link_button",
    "primary_button",
    "row",
    "scrolling",
    "tool_button",
]
