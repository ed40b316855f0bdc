import numpy as np
import pytest

from core.dataset.palette import OKABE_ITO, class_color, lab


def nearest(labels, sight=None):
    """The smallest CIELAB difference between the colors of ``labels``, to eyes that see ``sight`` of linear light."""
    colors = np.array([class_color(label) for label in labels], float)
    if sight is not None:
        light = np.where(colors <= 10.31, colors / 255 / 12.92, ((colors / 255 + 0.055) / 1.055) ** 2.4)
        light = np.clip(light @ np.array(sight).T, 0, 1)
        colors = 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    apart = np.linalg.norm(lab(colors)[:, None] - lab(colors)[None], axis=2)
    return apart[np.triu_indices(len(colors), 1)].min()


def test_the_first_classes_have_the_color_blind_safe_colors():
    assert [class_color(label) for label in range(7)] == list(OKABE_ITO)


def test_lab_of_known_colors():
    known = {(255, 255, 255): (100, 0, 0), (0, 0, 0): (0, 0, 0), (255, 0, 0): (53.24, 80.09, 67.20)}
    assert np.abs(lab(np.array(list(known), float)) - np.array(list(known.values()))).max() < 0.1


@pytest.mark.parametrize("classes, least", [(7, 26), (20, 24), (80, 10)])
def test_classes_are_told_apart(classes, least):
    assert nearest(range(classes)) > least


# Viénot, Brettel, Mollon 1999: another model of color blindness than the one the palette is made with.
DEUTERANOPIA = [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
PROTANOPIA = [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]


@pytest.mark.parametrize("sight", [DEUTERANOPIA, PROTANOPIA])
def test_twelve_classes_are_told_apart_by_color_blind_people(sight):
    assert nearest(range(12), sight) > 9


def test_colors_show_on_light_and_on_dark():
    lightness = lab(np.array([class_color(label) for label in range(80)], float))[:, 0]
    assert lightness.min() > 30 and lightness.max() < 95


def test_there_is_a_color_for_every_label():
    assert all(isinstance(value, int) and 0 <= value <= 255 for label in (100, 3000) for value in class_color(label))
