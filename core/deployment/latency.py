"""How long a model takes for one image."""

from statistics import median
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from core.inference.prediction import Predictor


def latency(predictor: Predictor, image: NDArray[np.uint8], seconds: float = 1.0) -> float:
    """Median milliseconds of ``predictor.predict(image)``, repeated for about ``seconds``, at least three times after
    a first run that does not count."""
    predictor.predict(image)
    times: list[float] = []
    while len(times) < 3 or sum(times) < seconds:
        start = perf_counter()
        predictor.predict(image)
        times.append(perf_counter() - start)
    return median(times) * 1000
