"""Where a session begins: drop or open a dataset, try the sample, go on with what was open before."""

from app.page import Page
from app.widgets import EmptyState, column


class HomePage(Page):
    """Open something."""

    title = "Home"

    def __init__(self, *parts: object) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self.setLayout(column(EmptyState("image-square", "Drop a dataset here")))
