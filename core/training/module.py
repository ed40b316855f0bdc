"""One training step, as Lightning runs it."""

from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.nn.utils import clip_grads_with_norm_, get_total_norm
from torch.optim import Optimizer

from core.models.distributed import mean
from core.models.segmenter import Segmenter, normalise
from core.recipes.schema import Recipe
from core.training.data.loader import Batch, InstanceTensors, Loader
from core.training.ema import Ema
from core.training.optimizer import make_optimizer
from core.training.schedule import Schedule


class TrainingModule(LightningModule):
    """A segmenter with its moving average, its optimizer and its learning rate.

    A step whose gradient is not a finite number is skipped, and its running statistics are undone. ``bad_steps`` counts
    them, in a row and in all; it stays on the device, since reading it makes the device wait. All randomness of a step
    comes from the recipe's seed and the step's number, so that a resumed training goes on as if it had not been
    interrupted.
    """

    _mean: Tensor
    _std: Tensor

    def __init__(self, segmenter: Segmenter, recipe: Recipe, loader: Loader, pretrained: bool = False) -> None:
        super().__init__()
        self.segmenter = segmenter
        self.ema = Ema(segmenter, recipe.settings.ema_decay)
        self.schedule = Schedule(recipe.settings, recipe.settings.epochs * len(loader))
        self._settings = recipe.settings
        self._loader = loader
        self._pretrained = pretrained
        # Where the network is: from the computer's memory they would make the device wait, every step.
        self.register_buffer("_mean", torch.tensor(recipe.mean), persistent=False)
        self.register_buffer("_std", torch.tensor(recipe.std), persistent=False)
        self._total = torch.zeros(())
        self._statistics: NormGuard | None = None
        self.bad_steps: Tensor | None = None
        """Two counts, int64."""

    def train_dataloader(self) -> Loader:
        return self._loader

    def configure_optimizers(self) -> Optimizer:
        return make_optimizer(self.segmenter, self._settings, scaled=self._scaled)

    @property
    def _scaled(self) -> bool:
        """Whether Lightning scales the loss, and leaves out the steps that overflow."""
        return self.trainer.precision == "16-mixed"

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        for group in self.optimizers(use_pl_optimizer=False).param_groups:  # type: ignore[union-attr]
            group["lr"] = self.schedule.rate(self.global_step)
        self._statistics = self._statistics or NormGuard(self.segmenter)
        torch.manual_seed((self._settings.seed + self.global_rank) * 2**32 + self.global_step)

    def training_step(self, batch: Batch, batch_idx: int) -> dict[str, Any] | None:
        """The total ``loss`` and the detached ``losses`` by name; nothing for a batch without images.

        One of several processes cannot stay away from a step: without images it learns nothing from a blank one.
        """
        readable = len(batch) > 0
        if not readable:
            if self.trainer.world_size == 1:
                return None
            side = self._settings.input_size
            nothing = InstanceTensors(
                torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.uint8), []
            )
            blank = torch.zeros((1, side, side, 3), dtype=torch.uint8)
            batch = Batch(blank, [nothing], []).to(self.device)
        losses = self.segmenter.losses(normalise(batch.images, self._mean, self._std), batch.targets)
        terms = torch.stack(list(losses.values())) * readable
        together = mean(terms.detach())
        self._total = together.sum()
        return {"loss": terms.sum(), "losses": dict(zip(losses, together, strict=True)) | {"total": self._total}}

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        super().optimizer_step(*args, **kwargs)
        if self._statistics is not None and self.bad_steps is not None:
            self._statistics.update(self.bad_steps[0] > 0)
        self.ema.update(self.segmenter, self.global_step + 1)

    def configure_gradient_clipping(self, *args: Any, gradient_clip_val: float | None = None, **kwargs: Any) -> None:
        """Lightning's own refuses fused optimizers; and a gradient that is not a number is to be noticed."""
        trained = [parameter for parameter in self.segmenter.parameters() if parameter.grad is not None]
        norm = get_total_norm([parameter.grad for parameter in trained if parameter.grad is not None])
        if gradient_clip_val:
            clip_grads_with_norm_(trained, gradient_clip_val, norm)
        bad = ~(self._total if self._scaled else norm).isfinite()
        if not self._scaled:
            # A fused optimizer that finds this set leaves weights and moments as they are. PyTorch's gradient scaler
            # tells it in the same way (torch.amp.grad_scaler), and any other way would wait for the device.
            self.optimizers(use_pl_optimizer=False).found_inf = bad.float()  # type: ignore[union-attr]
        if self.bad_steps is None:
            self.bad_steps = torch.zeros(2, dtype=torch.int64, device=bad.device)
        in_a_row, in_all = self.bad_steps
        self.bad_steps = torch.stack([(in_a_row + 1) * bad, in_all + bad])

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


class NormGuard:
    """The buffers of ``model`` that a forward pass changes: running means and variances.

    That a step is bad is known only after its forward pass, which has updated them by then, and a value that is not
    finite never leaves a running mean again. Nothing here makes the device wait.
    """

    def __init__(self, model: nn.Module) -> None:
        """``model`` is where it is trained: buffers that move to a device are other ones."""
        self._buffers = [buffer for buffer in model.buffers() if buffer.is_floating_point()]
        self._kept = self._all()
        parts = torch.split(self._kept, [buffer.numel() for buffer in self._buffers])
        self._parts = [part.view_as(buffer) for part, buffer in zip(parts, self._buffers, strict=True)]

    @torch.no_grad()
    def update(self, bad: Tensor) -> None:
        """After a step: restore the buffers as they were before it where it was ``bad``, a boolean tensor on the
        device, or where a buffer is not finite."""
        if not self._buffers:
            return
        new = self._all()
        torch.where(new.isfinite().all() & ~bad, new, self._kept, out=self._kept)
        torch._foreach_copy_(self._buffers, self._parts)

    def _all(self) -> Tensor:
        """``(N,)``, a copy."""
        return torch.cat([buffer.flatten() for buffer in self._buffers]) if self._buffers else torch.empty(0)
