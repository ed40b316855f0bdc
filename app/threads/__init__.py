"""Threads of the window: ``LatestWorker`` for short work, ``frame_priority`` to let frames go first."""
