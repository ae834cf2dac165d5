"""The process of one trial: ``python -m crack_pipeline.trials.child <folder> <key>``."""

import logging
import os
import shutil
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from crack_pipeline.noise import silence_noise
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tiles.cutting import describe_store, ensure_tile_store
from crack_pipeline.training.checkpoint_folders import close_training
from crack_pipeline.training.start import start_keras
from crack_pipeline.trials.events import EventHandler, EventWriter, describe_error
from crack_pipeline.trials.measuring import measure_cost, measure_trial
from crack_pipeline.trials.result import MAPS, write_result
from crack_pipeline.trials.trial import Trial, read_trial

_FAILED = 1
_TILES, _UNFINISHED, _LOGS = "tiles", "unfinished", "logs"
_FACTS = ("model", "n_parameters", "seed", "backend", "device", "epochs", "best_epoch")


def main() -> None:
    """Do the trial whose folder and key the command line names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends this process
    silence_noise()
    writer = EventWriter()
    _follow_parent()
    _send_log(writer)
    try:
        do_trial(Path(sys.argv[1]), sys.argv[2], writer)
    except Exception as error:  # noqa: BLE001  the parent raises it
        traceback.print_exc()
        writer.write("failed", **describe_error(error))
        sys.exit(_FAILED)


def do_trial(folder: Path, key: str, writer: EventWriter) -> None:
    """Cut tiles, train and measure; what an interrupted process has done is not done again.

    Args:
        folder: Where the trial was written to.
        key: The trial's key.
        writer: Told of each epoch.
    """
    trial = read_trial(folder)
    info, model = _train(trial, folder, writer)
    settings = trial.settings
    subject = Subject(ModelBundle(model, info), trial.manifest, settings.dataset)
    maps = folder / MAPS if settings.keeps_maps else None
    measured = measure_trial(subject, settings.evaluation, split=settings.measured_on, maps=maps)
    measured_cost = measure_cost(model, info.tile_px) if settings.measures_cost else {}
    if settings.keeps_model:
        model.save(folder / "model.keras")
    write_result(
        folder,
        key,
        metrics=measured.metrics,
        facts={**{name: getattr(info, name) for name in _FACTS}, **measured_cost},
        history=info.history,
        photos=measured.photos,
        histograms=measured.histograms,
    )
    close_training(folder / _UNFINISHED)
    shutil.rmtree(folder / _TILES, ignore_errors=True)


def _train(trial: Trial, folder: Path, writer: EventWriter) -> tuple[ModelInfo, Any]:
    settings = trial.settings
    folder_of_tiles, _ = ensure_tile_store(
        trial.manifest, folder / _TILES, task=settings.task, settings=settings.tiles
    )
    tiles = describe_store(folder_of_tiles, trial.manifest, settings.task, settings.tiles)
    start_keras()
    from crack_pipeline.training.assembly import assemble_job, describe_model
    from crack_pipeline.training.fitting import train_model

    job = assemble_job(tiles, settings.model, settings.recipe, settings.policy)
    trained = train_model(
        job,
        folder / _UNFINISHED,
        log_root=folder / _LOGS,
        report_epoch=lambda metrics, epoch: writer.write("epoch", metrics=metrics, epoch=epoch),
    )
    return describe_model(trained, job, tiles), trained.model


def _send_log(writer: EventWriter) -> None:
    logger = logging.getLogger("crack_pipeline")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(EventHandler(writer))


def _follow_parent() -> None:
    """End with the parent, however that ends: its side of the pipe is closed then."""

    def wait() -> None:
        while os.read(0, 1):
            pass
        os._exit(_FAILED)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main()
