"""The tools of the canvas, one class a gesture. ``tool.Tool`` is their base; ``app.settings.toolbox`` lists them."""
