"""Masks, polygons and boxes as pure functions of arrays. Pixel ``(x, y)`` covers ``[x, x+1) × [y, y+1)``.

``Segmentation`` is the shape of an instance, polygons or a run-length encoding; ``Mask`` its pixels within its box.
"""
