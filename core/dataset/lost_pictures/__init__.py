"""Pictures that are not where the annotation files say: a search for them, and bringing them to their places."""
