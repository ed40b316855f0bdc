"""The catalogue's figures are the models' own, and agree with what is published."""

import pytest

from core.models.figures import figures
from core.recipes.catalogue import catalogue
from core.recipes.figures import figures_of
from core.recipes.schema import Recipe


@pytest.mark.parametrize("recipe", catalogue(), ids=lambda recipe: recipe.name)
def test_the_stored_figures_are_the_models_own(recipe: Recipe) -> None:
    stored, computed = figures_of(recipe), figures(recipe)
    assert stored is not None, "run python -m core.models.figures"
    assert (stored.input_size, stored.parameters) == (recipe.settings.input_size, computed.parameters)
    assert stored.gmac == pytest.approx(computed.gmac, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "gmac", "millions"),
    [
        ("maskrcnn_resnet50", 264, 44.40),
        # 11.9 as published, less the box tower that is the class tower (two 3×3 convolutions on 8,400 cells), plus the
        # masks of 100 instances.
        ("rtmdet_inst_tiny", 11.9 - 2 * 9 * 96**2 * 8400 / 1e9 + 100 * 6400 * 152 / 1e9, 5.638),
    ],
)
def test_they_agree_with_published_figures(name: str, gmac: float, millions: float) -> None:
    stored = next(figures_of(recipe) for recipe in catalogue() if recipe.name == name)
    assert stored is not None
    assert stored.gmac == pytest.approx(gmac, rel=0.005)
    assert stored.parameters / 1e6 == pytest.approx(millions, abs=0.005)
