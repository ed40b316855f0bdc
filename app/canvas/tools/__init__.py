"""The tools of the canvas, one class a gesture. ``tool.Tool`` is what they have in common."""
