"""The run folder, through which a job, the command and the window speak with each other.

``RunFolder`` is its layout, ``job_file`` what to do, ``events`` what a job says, ``control`` what a person asks of it,
``lock`` who is at work, and ``history`` what the events of a run add up to.
"""
