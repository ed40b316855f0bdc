"""Maskwright's window. Qt only: no file format, no mathematics, no training."""
