"""The jobs of the window: ``JobList`` is the list that pages see, ``RunWatcher`` the thread that starts processes and
reads their run folders, ``run_labels`` how runs are called.
"""
