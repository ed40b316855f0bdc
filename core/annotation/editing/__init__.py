"""The dataset while it is edited. ``Draft`` is its state, ``edits`` are values that change it and have an inverse,
``shape_ops``, ``boolean_ops`` and ``classes`` make edits.
"""
