"""A short training in a process of its own: ``short_training.py <folder> <output> <json>``.

The folder holds ``store`` and ``start.weights.h5``, the JSON the distribution; the history is
written to the output. With ``END_AFTER=<epoch>`` in the environment the process that writes ends,
as if killed, when that epoch is kept; with ``FINE_TUNING=<epochs>`` there is a second stage.
"""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from crack_pipeline.training.distribution import DistributionSettings
from crack_pipeline.training.start import start_keras


def end_after(last: int) -> Callable[[dict[str, float], int], None]:
    def end(entry: dict[str, float], epoch: int) -> None:
        if epoch == last:
            os._exit(9)

    return end


def main() -> None:
    folder, output, text = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    distribution = DistributionSettings.model_validate_json(text)
    if distribution.strategy == "mirrored":
        import tensorflow as tf

        (cpu,) = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(
            cpu, [tf.config.LogicalDeviceConfiguration()] * 2
        )
    start_keras(distribution)
    from crack_pipeline.augmentation.policy import AugmentationPolicy
    from crack_pipeline.models.settings import HairlineSettings, SegmentationModel
    from crack_pipeline.tiles.store import open_tile_store
    from crack_pipeline.training.fitting import train_model
    from crack_pipeline.training.job import TrainingJob
    from crack_pipeline.training.recipe import FineTuning, TrainingRecipe

    network = HairlineSettings(
        detail_filters=4, filters=(6, 8), blocks=(1,), context_dilations=(1,), dropout=0
    )
    job = TrainingJob(
        "segmentation",
        open_tile_store(folder / "store"),
        SegmentationModel(
            name="hairline", hairline=network, weights=str(folder / "start.weights.h5")
        ),
        TrainingRecipe(
            loss="binary_crossentropy",
            epochs=2,
            steps_per_epoch=3,
            batch_size=4,
            ema_momentum=0.5,
            fine_tuning=FineTuning(epochs=int(os.environ.get("FINE_TUNING", "0"))),
            tensorboard=False,
        ),
        AugmentationPolicy(),
    )
    trained = train_model(
        job,
        output / "unfinished",
        log_root=output / "logs",
        report_epoch=end_after(int(os.environ.get("END_AFTER", "0"))),
        distribution=distribution,
    )
    (output / "history.json").write_text(json.dumps(trained.progress.history))


main()
