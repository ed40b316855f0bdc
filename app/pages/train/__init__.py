"""The Train page: setting up a training, watching it, and the list of earlier ones."""
