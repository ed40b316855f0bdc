"""Which image is trained on and which is validated on: as files say (``splits``), or chosen here (``splitting``)."""
