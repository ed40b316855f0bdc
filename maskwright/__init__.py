"""The one entry to all of Maskwright's processes: ``python -m maskwright``, or the program of a frozen installation."""
