"""A model over images. ``Predictor`` is what a model is to everybody else: ``OpenVinoPredictor`` never imports torch,
``TorchPredictor`` does. ``load_model`` opens either; ``predict_images`` writes results, ``tiling`` covers large images.
"""
