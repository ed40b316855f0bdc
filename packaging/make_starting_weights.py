"""The weights that ship, made anew: ``python packaging/make_starting_weights.py --minutes 60``. See its ``--help``."""

import typer
from starting_weights.pretrain import main

from core.streams import harden

if __name__ == "__main__":
    harden()
    typer.run(main)
