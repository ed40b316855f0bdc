"""What all networks have in common."""

import numpy as np
import torch

from core.inference import preprocessing
from core.models.segmenter import normalise
from core.recipes.catalogue import find


def test_training_and_prediction_give_a_network_the_same_pixels() -> None:
    spec = find("rtmdet_inst_tiny").input_spec()
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)
    pixels = normalise(torch.from_numpy(image)[None], torch.tensor(spec.mean), torch.tensor(spec.std))
    assert pixels.shape == (1, 3, 8, 12) and pixels.is_contiguous(memory_format=torch.channels_last)
    np.testing.assert_allclose(pixels[0].numpy(), preprocessing.normalise(image, spec), rtol=1e-5, atol=1e-6)
