"""The Annotate page: a strip of tools, the picture, classes and instances beside it, images below."""

from app.pages.annotate.page import AnnotatePage

__all__ = ["AnnotatePage"]
