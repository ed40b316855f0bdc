"""What can be trained and how: the schema, the recipes that ship, the description of a trained model."""
