"""Shapes of a dataset's instances and of a model's predictions. Call these in a worker."""

from collections.abc import Sequence

from app.canvas.shape import Shape
from core.dataset import Dataset, Image
from core.dataset.palette import class_color
from core.inference.prediction import Prediction


def truth(dataset: Dataset, image: Image) -> list[Shape]:
    """The annotated instances of an image; ``key`` is the position of the instance in the image."""
    shapes = []
    for key, instance in enumerate(dataset.instances(image)):
        name = dataset.categories[instance.label].name
        shapes.append(
            Shape(
                dataset.mask(image, instance),
                class_color(instance.label),
                f"{name} (crowd)" if instance.crowd else name,
                "crowd" if instance.crowd else "truth",
                key,
            )
        )
    return shapes


def predicted(prediction: Prediction, names: Sequence[str], labels: Sequence[int]) -> list[Shape]:
    """The instances that a model found; ``key`` is their position in ``prediction``.

    ``names`` and ``labels`` say for each class of the model what it is called and which label's colour it has.
    """
    shapes = []
    for key in range(len(prediction)):
        kind = int(prediction.labels[key])
        text = f"{names[kind]} {prediction.scores[key]:.2f}"
        shapes.append(Shape(prediction.mask(key), class_color(labels[kind]), text, "prediction", key))
    return shapes
