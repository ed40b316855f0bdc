"""Edits on disk: ``Journal`` keeps each before it is shown, ``open_draft`` opens a dataset for editing and recovers
what a crash left, ``save`` writes the COCO files. The folder of all that is described in ``draft_folder``.
"""
