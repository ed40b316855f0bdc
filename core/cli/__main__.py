"""``python -m core.cli``: the ``maskwright`` command where it is not installed."""

from core.cli import main

main()
