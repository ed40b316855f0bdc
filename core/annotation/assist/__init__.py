"""Help with drawing: from an image and what a person points at to a mask. Pure functions and models, no window."""
