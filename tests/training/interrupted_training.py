"""A training in a process of its own, to be killed: ``… <store> <output> [<where>]``.

With ``epoch:<step>`` it waits for the kill at a global step, with ``write:<number>`` when it has
written part of that checkpoint, with ``between:<number>`` between the two renames of one. Before it
waits it makes the file ``waiting`` in the output folder; at its end, ``result.json``. With
``nan:<step>`` its tiles are no numbers from that step on.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from crack_pipeline.training.start import start_keras


class Moment:
    """Waits for the kill when it is passed for the given time, counted from 0."""

    def __init__(self, output: Path, number: int) -> None:
        self._output = output
        self._left = number

    def pass_by(self) -> None:
        self._left -= 1
        if self._left == -1:
            (self._output / "waiting").touch()
            time.sleep(600)


def wait_in_an_epoch(moment: Moment) -> None:
    from crack_pipeline.training.callbacks import StepProgress

    follow = StepProgress.on_train_batch_end

    def follow_and_wait(self: StepProgress, batch: int, logs: Any = None) -> None:
        follow(self, batch, logs)
        moment.pass_by()

    StepProgress.on_train_batch_end = follow_and_wait  # type: ignore[method-assign]


def wait_in_a_write(moment: Moment) -> None:
    import numpy as np

    savez = np.savez

    def write_part(file: Any, **arrays: Any) -> None:
        if "progress" in arrays:
            place = file.tell()
            file.write(b"PK\x03\x04 begun")
            file.flush()
            moment.pass_by()
            file.seek(place)
        savez(file, **arrays)

    np.savez = write_part  # type: ignore[assignment]


def wait_between_renames(moment: Moment) -> None:
    replace = Path.replace

    def replace_and_wait(self: Path, target: Path) -> Path:
        moved = replace(self, target)
        if Path(target).name == "state_before.npz":
            moment.pass_by()
        return moved

    Path.replace = replace_and_wait  # type: ignore[method-assign]


def spoil_tiles(first_step: int) -> None:
    import numpy as np

    from crack_pipeline.training.batches import TrainingBatches

    give = TrainingBatches.__getitem__

    def give_spoilt(self: TrainingBatches, index: int) -> Any:
        tiles, masks = give(self, index)
        factor = np.nan if self._first_step + index >= first_step else 1.0
        return tiles.astype("float32") * np.float32(factor), masks

    TrainingBatches.__getitem__ = give_spoilt  # type: ignore[method-assign]


ARRANGE = {
    "epoch": wait_in_an_epoch,
    "write": wait_in_a_write,
    "between": wait_between_renames,
}


def train(store: Path, output: Path) -> dict[str, Any]:
    import numpy as np

    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.models.settings import SegmentationModel, UnetSettings
    from crack_pipeline.tiles.store import open_tile_store
    from crack_pipeline.training import job as job_module
    from crack_pipeline.training.fitting import train_model
    from crack_pipeline.training.job import TrainingJob
    from crack_pipeline.training.recipe import FineTuning, Schedule, TrainingRecipe

    # Who edits the code while the tests run would start a new training.
    job_module.digest_code = lambda *_: "this code"
    recipe = TrainingRecipe(
        epochs=2,
        batch_size=4,
        learning_rate=0.01,
        accumulation_steps=2,
        clip_norm=1.0,
        ema_momentum=0.8,
        side_weight=0.3,
        precision="mixed_float16" if os.environ.get("HALF") else "float32",
        schedule=Schedule(name="plateau", patience_epochs=1, warmup_share=0.5),
        early_stopping_epochs=5,
        fine_tuning=FineTuning(epochs=2, learning_rate=0.001, loss="dice"),
        tensorboard=False,
    )
    model = SegmentationModel(unet=UnetSettings(base_filters=2, depth=2, dropout=0.3))
    job = TrainingJob("segmentation", open_tile_store(store), model, recipe, AugmentationPolicy())
    trained = train_model(
        job,
        output / "unfinished",
        log_root=output / "logs",
        report_epoch=lambda entry, epoch: None,
    )
    history = [
        {name: value for name, value in entry.items() if not name.startswith("seconds")}
        for entry in trained.progress.history
    ]
    return {
        "history": history,
        "best_epoch": trained.progress.best_epoch,
        "resumed_at": trained.resumed_at,
        "weights": [np.ravel(weight).tolist() for weight in trained.model.get_weights()],
    }


def main() -> None:
    store, output = Path(sys.argv[1]), Path(sys.argv[2])
    kind, _, number = (sys.argv[3] if len(sys.argv) > 3 else "").partition(":")
    start_keras()
    if kind == "nan":
        spoil_tiles(int(number))
    elif kind:
        ARRANGE[kind](Moment(output, int(number)))
    (output / "result.json").write_text(json.dumps(train(store, output)))


if __name__ == "__main__":
    main()
