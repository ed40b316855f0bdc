"""The look of the window: design tokens, ``Theme``, icons, and how numbers and names are formatted."""
