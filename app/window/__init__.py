"""The main window: ``MainWindow`` with its rail, title bar, status bar and job ring, the sheet of shortcuts, and
closing.
"""
