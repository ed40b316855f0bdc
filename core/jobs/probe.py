"""What a training would take."""

from core.jobs.job import Job, dataset_name
from core.jobs.train import TrainJob
from core.words import tr


class ProbeJob(Job, frozen=True, kw_only=True, tag="probe"):
    """Find out what a training would cost, with a few of its steps, and what stands in its way. Writes no model."""

    help = tr(
        "Say what a training would take, from a few of its steps: time, memory, a batch that fits, objects too small."
    )
    function = "core.training.probe:probe"
    icon = "timer"

    train: TrainJob

    @property
    def title(self) -> str:
        return tr(
            "Estimate for {recipe} on {dataset}",
            recipe=self.train.recipe.title,
            dataset=dataset_name(self.train.dataset),
        )

    def arguments(self) -> list[str]:
        return [self.kind(), *self.train.arguments()[1:]]
