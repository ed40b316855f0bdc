"""Masks, polygons and boxes as pure functions of arrays. Pixel ``(x, y)`` covers ``[x, x+1) × [y, y+1)``."""
