"""How good a model is: COCO AP (``coco``), the evaluation job (``measure``), ``Scores``, a picture of a run's curves,
and ``remarks`` on figures that are worth little.
"""
