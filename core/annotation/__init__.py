"""Annotating: the state of a dataset while a person edits it, edits that can be undone, the journal that survives a
crash, saving to COCO, and help with drawing.

``draft.Draft`` is the state; ``edits`` are values that change it and have an inverse; ``journal`` keeps them on disk
before the screen shows them; ``saving`` writes COCO files. ``shaping`` is what strokes, merges and cuts make of an
instance, ``assist`` makes masks from prompts, ``suggestions`` holds
what a model proposes.
"""
