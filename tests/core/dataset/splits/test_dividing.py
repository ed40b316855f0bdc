"""Splits keep groups whole, give every class its share, and are the same again."""

import numpy as np
import pytest

from core.dataset.splits.dividing import divide, folds, proportions


def some(seed: int, images: int = 300, classes: int = 6):
    random = np.random.default_rng(seed)
    owners = np.sort(random.integers(0, images, images * 5))
    labels = random.choice(classes, len(owners), p=np.array([50, 25, 12, 8, 4, 1]) / 100)
    return images, owners, labels


@pytest.mark.parametrize("seed", range(5))
def test_every_class_gets_its_share(seed: int):
    images, owners, labels = some(seed)
    parts = divide(images, owners, labels, [0.7, 0.2, 0.1], seed=seed)
    table = proportions(parts, owners, labels, 3, 6)
    shares = table / table.sum(1, keepdims=True)
    assert np.abs(np.bincount(parts) / images - [0.7, 0.2, 0.1]).max() < 0.02
    assert np.abs(shares - [0.7, 0.2, 0.1]).max(1).tolist() == pytest.approx([0] * 6, abs=0.12)
    assert np.abs(shares[:4] - [0.7, 0.2, 0.1]).max() < 0.04
    assert (parts == divide(images, owners, labels, [0.7, 0.2, 0.1], seed=seed)).all()


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_whole(seed: int):
    images, owners, labels = some(seed)
    groups = np.sort(np.random.default_rng(seed).integers(0, 40, images))
    groups = np.unique(groups, return_inverse=True)[1]
    parts = divide(images, owners, labels, [0.8, 0.2], groups=groups, seed=seed)
    assert all(len(set(parts[groups == group])) == 1 for group in range(groups.max() + 1))
    assert abs((parts == 1).mean() - 0.2) < 0.06


def test_folds_are_about_as_large_as_each_other():
    images, owners, labels = some(0)
    sizes = np.bincount(folds(images, owners, labels, 5), minlength=5)
    assert sizes.sum() == images and sizes.max() - sizes.min() <= 4


def test_few_images_and_none_annotated():
    nothing = np.zeros(0, np.int64)
    assert sorted(divide(3, nothing, nothing, [0.8, 0.1, 0.1]).tolist()) == [0, 1, 2]
    assert divide(2, nothing, nothing, [1.0, 0.0]).tolist() == [0, 0]
    assert len(set(divide(10, nothing, nothing, [0.5, 0.5], groups=np.zeros(10, np.int64)))) == 1
    assert divide(0, nothing, nothing, [0.5, 0.5]).tolist() == []
