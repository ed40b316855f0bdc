"""The ``getitune`` command as it is, watched: runs in getitune's own environment, never in ours.

    python inside.py --log FILE [--state FILE] [--predictions FOLDER] -- train --config … --data_root …

Appends one JSON object a line to the log: when the training steps and the validations began and ended. ``--state``
holds tensors by the model's own names to begin with. ``--predictions`` gets what each validation found in each image,
one file an epoch, as the model gave it, before any confidence cut.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import torch
from getitune.backend.lightning.engine import LightningEngine
from getitune.backend.lightning.models.instance_segmentation.base import LightningInstanceSegModel
from getitune.cli import main as getitune
from getitune.data.dataset.instance_segmentation import InstanceSegDataset
from lightning import Callback


class Watch(Callback):
    """Writes down the time of what a training does, on the clock of ``time.time``."""

    def __init__(self, log: Path, state: Path | None, predictions: Path | None) -> None:
        self._log = log
        self._state = state
        self._predictions = predictions
        self.found: list[dict] = []

    def on_fit_start(self, trainer, pl_module) -> None:
        if self._state:
            load(pl_module.model, torch.load(self._state, weights_only=True))
        self._say("fit", parameters=sum(p.numel() for p in pl_module.model.parameters()))

    def on_train_epoch_start(self, trainer, pl_module) -> None:
        self._say("epoch", epoch=trainer.current_epoch + 1)

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx) -> None:
        self._say("step", step=trainer.global_step, images=batch.batch_size)

    def on_validation_start(self, trainer, pl_module) -> None:
        self.found.clear()
        self._say("validating", epoch=trainer.current_epoch + 1)

    def on_validation_end(self, trainer, pl_module) -> None:
        images, instances = len(self.found), sum(len(image["scores"]) for image in self.found)
        self._say("validated", epoch=trainer.current_epoch + 1, images=images, instances=instances)
        if self._predictions:
            self._predictions.mkdir(parents=True, exist_ok=True)
            file = self._predictions / f"epoch_{trainer.current_epoch + 1:04}.json"
            file.write_text(json.dumps(self.found))

    def on_fit_end(self, trainer, pl_module) -> None:
        self._say("end", epochs=trainer.current_epoch)

    def _say(self, what: str, **figures: float) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps({"what": what, "time": time.time()} | figures) + "\n")


def load(model: torch.nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Every tensor in its place: a name or a shape that does not fit is an error. Counters may be missing."""
    missing, unknown = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        sys.exit(f"the initial state does not fit: missing {missing[:5]}, unknown {unknown[:5]}")


def watch(log: Path, state: Path | None, predictions: Path | None) -> None:
    """Add the watch to every trainer that the command makes, and let it see what a validation finds."""
    watching = Watch(log, state, predictions)
    callbacks, convert, item = (
        LightningEngine.configure_callbacks,
        LightningInstanceSegModel._convert_pred_entity_to_compute_metric,
        InstanceSegDataset._get_item_impl,
    )

    def watched_callbacks(made: LightningEngine) -> None:
        callbacks(made)
        made._cache.args["callbacks"].append(watching)

    def numbered_item(dataset, index: int):
        sample = item(dataset, index)
        if sample is not None:
            sample.img_info.img_idx = index  # theirs is always 0
        return sample

    def recorded_convert(model, preds, inputs):
        metric = convert(model, preds, inputs)
        for info, found in zip(preds.imgs_info, metric["preds"], strict=True):
            watching.found.append(
                {
                    "image": info.img_idx,
                    "scores": found["scores"].tolist(),
                    "labels": found["labels"].tolist(),
                    "boxes": found["boxes"].tolist(),
                    "masks": [text(mask) for mask in found["masks"]] if predictions else [],
                }
            )
        return metric

    LightningEngine.configure_callbacks = watched_callbacks
    LightningInstanceSegModel._convert_pred_entity_to_compute_metric = recorded_convert
    InstanceSegDataset._get_item_impl = numbered_item


def text(rle: dict) -> dict:
    """A run-length code as JSON can hold it."""
    counts = rle["counts"]
    return {"size": list(rle["size"]), "counts": counts.decode() if isinstance(counts, bytes) else counts}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--predictions", type=Path)
    split = sys.argv.index("--")
    own = parser.parse_args(sys.argv[1:split])
    sys.argv = ["getitune", *sys.argv[split + 1 :]]
    watch(own.log, own.state, own.predictions)
    getitune()


if __name__ == "__main__":
    main()
