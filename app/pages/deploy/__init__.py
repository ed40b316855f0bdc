"""The Deploy page: exporting a trained model, one row a format."""
