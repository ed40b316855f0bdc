"""What ships beside the code: recipes, icons, themes, screenshots and the starting weights."""
