"""What holds for all tests."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # torch's threads sleep soon when they wait: tests share their machine
