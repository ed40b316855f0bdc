"""What is edited, saved and opened is so by the hand that draws on the Annotate page."""

from tests.app.pages.annotate.conftest import annotate, classless, hand

__all__ = ["annotate", "classless", "hand"]
