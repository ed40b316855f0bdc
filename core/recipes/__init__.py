"""What can be trained and with which settings: the schema, the recipes that ship, the description of a trained model."""
