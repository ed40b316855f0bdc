"""COCO files: ``CocoFile`` cuts a file into entries that stay bytes, ``entries`` and ``annotations`` decode them,
forgiving what other tools write; ids of any kind are kept.
"""
