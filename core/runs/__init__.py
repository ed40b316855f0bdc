"""The run folder: its layout, its events, reading it back."""
