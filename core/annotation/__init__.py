"""Annotating: the dataset while a person edits it, on the screen and on disk, and help with drawing.

``editing`` holds the draft and the edits that change it, ``storage`` the journal, recovery after a crash and saving to
COCO; ``assist`` makes masks from what a person points at, and ``suggestions`` lets their own model propose instances.
"""
