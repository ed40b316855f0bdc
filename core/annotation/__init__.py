"""Annotating: the state of a dataset while a person edits it, edits that can be undone, the journal that survives a
crash, saving to COCO, and help with drawing.

``draft.Draft`` is the state; ``edits`` are values that change it and have an inverse; ``journal`` keeps them on disk
before the screen shows them; ``saving`` writes COCO files. ``shaping`` is what cuts and moves make of an instance,
``combining`` what strokes and other instances make of it; ``assist`` makes masks from prompts. ``suggesting`` lets a
person's own model propose instances, ``suggestions`` keeps them apart, ``accepting`` makes edits of them; ``ranking``
says which images to label next.
"""
