"""The tools of the canvas, one class a gesture. ``tool.Tool`` is what they share; ``app.settings.toolbox`` lists them."""
