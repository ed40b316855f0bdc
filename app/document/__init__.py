"""The open dataset as Qt objects: ``Document`` opens it, ``Editing`` is its undo stack, ``AutoSave`` writes its files,
``Readiness`` says whether a training can start.
"""
