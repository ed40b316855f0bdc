"""Shapes of a dataset's instances and of a model's predictions. Call these in a worker."""

from collections.abc import Sequence

from app.canvas.shape import Shape
from core.dataset import Category, Dataset, Image
from core.dataset.palette import Color, class_color, new_colors
from core.inference.prediction import Prediction
from core.words import tr


def truth(dataset: Dataset, image: Image) -> list[Shape]:
    """The annotated instances of an image; ``key`` is the position of the instance in the image."""
    shapes = []
    for key, instance in enumerate(dataset.instances(image)):
        name = dataset.categories[instance.label].name
        shapes.append(
            Shape(
                dataset.mask(image, instance),
                dataset.color(instance.label),
                tr("{name} (crowd)", name=name) if instance.crowd else name,
                "crowd" if instance.crowd else "truth",
                key,
            )
        )
    return shapes


def predicted(prediction: Prediction, names: Sequence[str], known: Sequence[Category]) -> list[Shape]:
    """The instances that a model found; ``key`` is their position in ``prediction``.

    ``names`` are the classes of the model, ``known`` those of the dataset.
    """
    colors = class_colors(names, known)
    shapes = []
    for key in range(len(prediction)):
        name = names[int(prediction.labels[key])]
        text = f"{name} {prediction.scores[key]:.2f}"
        shapes.append(Shape(prediction.mask(key), colors[name], text, "prediction", key))
    return shapes


def class_colors(names: Sequence[str], known: Sequence[Category]) -> dict[str, Color]:
    """A color for each class of a model: the dataset's where it has a class of that name, else one of its own."""
    colors = {category.name: category.color or class_color(label) for label, category in enumerate(known)}
    others = [name for name in names if name not in colors]
    return colors | dict(zip(others, new_colors(colors.values(), len(known), len(others)), strict=True))
