"""Running jobs. ``run.execute`` does any job, in a child process or in the command; ``process`` starts, asks and ends
the child, and says how it ended; ``child`` is what goes on in there.
"""
