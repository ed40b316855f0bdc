"""The Evaluate page: what a model finds in each image beside what is annotated, and its figures."""
