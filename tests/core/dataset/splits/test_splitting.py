import numpy as np
import pytest

from core.dataset import open_dataset
from core.dataset.splits.splitting import TRAINED, UNDECIDED, VALIDATED, by_name, by_seed, stratified
from tests.core.dataset.builders import annotation, coco, image


def shares(chosen, owners, labels):
    """Of each class, the share of its images that are chosen."""
    shown = np.zeros((chosen.size, labels.max() + 1), bool)
    shown[owners, labels] = True
    return shown[chosen].sum(0) / shown.sum(0)


@pytest.fixture
def long_tail():
    """1,000 images; ten classes, from one in nearly every image to one in six images."""
    random = np.random.default_rng(1)
    shown = random.random((1000, 10)) < np.geomspace(0.9, 0.006, 10)
    shown[:6, 9] = True
    owners, labels = np.nonzero(shown)
    return owners, labels


def test_every_class_gets_its_share(long_tail):
    owners, labels = long_tail
    chosen = stratified(1000, owners, labels, 0.2, by_seed(0))
    assert chosen.sum() == 200
    assert np.abs(shares(chosen, owners, labels)[:7] - 0.2).max() < 0.02
    assert np.abs(shares(chosen, owners, labels) - 0.2).max() < 0.12


def test_chance_alone_does_worse(long_tail):
    """Otherwise the test above says nothing."""
    owners, labels = long_tail
    chosen = np.random.default_rng(0).permutation(1000) < 200
    ours = stratified(1000, owners, labels, 0.2, by_seed(0))
    worst = [np.abs(shares(each, owners, labels) - 0.2).max() for each in (chosen, ours)]
    assert worst[0] > 2 * worst[1]


def test_the_seed_decides(long_tail):
    first, again, other = (stratified(1000, *long_tail, 0.2, by_seed(seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@pytest.mark.parametrize("images", range(2, 12))
@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.5, 0.99, 1.0])
def test_both_sides_get_an_image_of_two_or_more(images, fraction):
    owners = np.arange(images)
    for labels in (owners % 3, owners * 0, owners):
        chosen = stratified(images, owners, labels, fraction, by_seed(0))
        assert chosen.sum() == min(max(round(images * fraction), 1), images - 1)


def test_one_image_is_trained_on_and_no_fraction_means_none():
    none = np.zeros(0, np.int64)
    assert not stratified(1, np.zeros(3, np.int64), np.arange(3), 0.5, by_seed(0)).any()
    assert not stratified(0, none, none, 0.5, by_seed(0)).any()
    assert not stratified(9, np.arange(9), np.arange(9), 0.0, by_seed(0)).any()


def test_a_class_that_one_image_shows_is_trained_on():
    owners, labels = np.arange(40), np.repeat([0, 1, 2], [1, 1, 38])
    for seed in range(20):
        chosen = stratified(40, owners, labels, 0.5, by_seed(seed))
        assert not chosen[:2].any() and chosen.sum() == 20


def test_images_without_instances_are_spread_too():
    owners, labels = np.arange(50), np.zeros(50, np.int64)
    chosen = stratified(100, owners, labels, 0.2, by_seed(0))
    assert chosen[:50].sum() == 10 and chosen[50:].sum() == 10


def test_many_images_of_many_classes_are_split_to_the_image():
    random = np.random.default_rng(0)
    owners, labels = random.integers(0, 50_000, 400_000), random.zipf(1.3, 400_000) % 1200
    chosen = stratified(50_000, owners, labels, 0.2, by_seed(0))
    assert chosen.sum() == 10_000


def test_an_opened_dataset_is_split_by_class(folder):
    entries = [annotation(n, n, 7 if n % 5 == 0 else 3) for n in range(50)]
    file = folder.json("parts.json", coco([image(n) for n in range(50)], entries))
    dataset = open_dataset(file, validation_fraction=0.2, seed=0)
    assert dataset.class_counts("val").tolist() == [8, 2] and dataset.class_counts("train").tolist() == [32, 8]


@pytest.mark.parametrize("step", [1, 2, 7])
def test_images_that_come_later_move_no_other_and_keep_the_share(step):
    random = np.random.default_rng(step)
    names = [f"{number}.png" for number in range(60)]
    labels = random.integers(0, 3, 60)
    sides = np.full(60, UNDECIDED, np.int8)
    arrived = random.permutation(60)
    for count in range(2, 61, step):
        there = np.sort(arrived[:count])
        order = by_name([names[index] for index in there])
        chosen = stratified(count, np.arange(count), labels[there], 0.2, order, sides[there])
        known = sides[there] != UNDECIDED
        assert np.array_equal(chosen[known], sides[there][known] == VALIDATED)
        assert chosen.sum() == max(round(count * 0.2), 1)
        sides[there] = np.where(chosen, VALIDATED, TRAINED)
    assert set(labels[sides == VALIDATED]) == {0, 1, 2}, "a class that came late has validation images too"


def test_a_name_counts_the_same_whatever_others_there_are():
    names = [f"{number}.png" for number in range(20)]
    order = by_name(names)(np.arange(20)).tolist()
    some = [index for index in order if index % 2]
    fewer = by_name([name for index, name in enumerate(names) if index % 2])(np.arange(10))
    assert [2 * place + 1 for place in fewer.tolist()] == some


def test_too_many_validation_images_are_left_where_they_are():
    sides = np.array([VALIDATED] * 5 + [TRAINED, UNDECIDED, UNDECIDED], np.int8)
    chosen = stratified(8, np.arange(8), np.zeros(8, np.int64), 0.2, by_seed(0), sides)
    assert np.flatnonzero(chosen).tolist() == [0, 1, 2, 3, 4]
