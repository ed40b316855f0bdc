"""Maskwright without a window: datasets, recipes, models, training, inference, export. No Qt anywhere below here."""
