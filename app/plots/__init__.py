"""Curves of a run, drawn with pyqtgraph.

Importing :mod:`app.plots.chart` takes a third of a second, so whoever shows a chart imports it in a thread first.
"""
