"""One training step, as Lightning runs it."""

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.optim import Optimizer

from core.models.segmenter import Segmenter
from core.recipes.schema import Recipe
from core.training.data import Batch, Loader
from core.training.ema import Ema
from core.training.optimizer import make_optimizer
from core.training.schedule import Schedule


class TrainingModule(LightningModule):
    """A segmenter with its moving average, its optimizer and its learning rate.

    All randomness of a step comes from the recipe's seed and the step's number, so that a resumed training goes on as
    if it had not been interrupted.
    """

    def __init__(self, segmenter: Segmenter, recipe: Recipe, loader: Loader, pretrained: bool = False) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.ema = Ema(segmenter, recipe.settings.ema_decay)
        self.schedule = Schedule(recipe.settings, recipe.settings.epochs * len(loader))
        self._settings = recipe.settings
        self._loader = loader
        self._pretrained = pretrained
        self._mean, self._std = recipe.mean, recipe.std

    def train_dataloader(self) -> Loader:
        return self._loader

    def configure_optimizers(self) -> Optimizer:
        return make_optimizer(self.segmenter, self._settings)

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        for group in self.optimizers(use_pl_optimizer=False).param_groups:  # type: ignore[union-attr]
            group["lr"] = self.schedule.rate(self.global_step)
        torch.manual_seed(self._settings.seed * 2**32 + self.global_step)

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any] | None:
        """The total ``loss`` and the detached ``losses`` by name; nothing for a batch without images."""
        if not len(batch):
            return None
        losses = self.segmenter.losses(self.normalise(batch.images), batch.targets)
        total = torch.stack(list(losses.values())).sum()
        detached = {name: value.detach() for name, value in losses.items()}
        return {"loss": total, "losses": detached | {"total": total.detach()}}

    def normalise(self, images: Tensor) -> Tensor:
        """``(B, H, W, 3)`` uint8 to the network's ``(B, 3, H, W)`` float32, as ``preprocessing.normalise`` does."""
        mean, std = (images.new_tensor(values, dtype=torch.float32) for values in (self._mean, self._std))
        return ((images.float() - mean) / std).permute(0, 3, 1, 2)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        self.ema.update(self.segmenter, self.global_step + 1)

    def configure_gradient_clipping(self, *args: Any, gradient_clip_val: float | None = None, **kwargs: Any) -> None:
        if gradient_clip_val:  # Lightning's own refuses fused optimizers
            clip_grad_norm_(self.segmenter.parameters(), gradient_clip_val)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["schedule"] = self.schedule.state_dict()
        checkpoint["pretrained"] = self._pretrained
        checkpoint["loader"] = self._loader.state_dict()  # Lightning forgets it at the end of an epoch

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.schedule.load_state_dict(checkpoint["schedule"])
        self._loader.load_state_dict(checkpoint["loader"])
        self._pretrained = checkpoint["pretrained"]
        if self._pretrained:
            self.segmenter.freeze_pretrained()  # before the optimizer is made
