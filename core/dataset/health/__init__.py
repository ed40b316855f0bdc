"""The slow checks of a dataset: every annotation decoded, every picture opened (``checks``), crowd regions, and image
sizes that files and pictures disagree on.
"""
