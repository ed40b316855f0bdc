"""What may be wrong with a dataset. ``findings`` has the kinds, ``survey`` finds all there are: faults of ``instances``
and ``classes``, pictures, ``leaks`` between splits by their ``likeness``. ``checks`` notes the faults of entries that a
dataset is opened with; ``crowds`` and ``image_sizes`` are asked by others, too.
"""
