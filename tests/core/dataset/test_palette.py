import numpy as np

from core.dataset.palette import OKABE_ITO, _lab, class_color


def distances(colours):
    lab = _lab(np.array(colours, float))
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=2)
    return apart[np.triu_indices(len(colours), 1)]


def test_the_first_classes_have_the_colour_blind_safe_colours():
    assert [class_color(label) for label in range(7)] == list(OKABE_ITO)


def test_lab_of_known_colours():
    known = {(255, 255, 255): (100, 0, 0), (0, 0, 0): (0, 0, 0), (255, 0, 0): (53.24, 80.09, 67.20)}
    assert np.abs(_lab(np.array(list(known), float)) - np.array(list(known.values()))).max() < 0.1


def test_twenty_classes_are_well_apart_and_eighty_still_tell_apart():
    assert distances([class_color(label) for label in range(20)]).min() > 25
    assert distances([class_color(label) for label in range(80)]).min() > 12


def test_colours_show_on_light_and_on_dark():
    lightness = _lab(np.array([class_color(label) for label in range(80)], float))[:, 0]
    assert lightness.min() > 30 and lightness.max() < 95


def test_a_colour_belongs_to_its_label_however_many_there_are():
    assert class_color(9) == class_color(9) and class_color(3000) in {class_color(label) for label in range(256)}
    assert all(isinstance(value, int) and 0 <= value <= 255 for value in class_color(200))
