"""Getting a trained model out: OpenVINO IR, what it is worth there, how fast it runs."""
