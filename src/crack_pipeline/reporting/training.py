"""How a model was trained, from what was written beside it: parameters may have changed since."""

from collections.abc import Iterator

from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_duration, format_number

_FACTS = (
    ("model", "Network", ""),
    ("n_parameters", "Parameters", ""),
    ("tile_px", "Side of its square input", "px"),
    ("overlap_px", "Overlap of neighbouring tiles", "px"),
    ("equalization", "Histogram equalisation", ""),
    ("loss", "Loss", ""),
    ("batch_size", "Batch size", ""),
    ("precision", "Number format of the computation", ""),
    ("ema_momentum", "Momentum of averaged weights", ""),
    ("seed", "Seed", ""),
    ("backend", "Backend", ""),
    ("device", "Device", ""),
    ("strategy", "Distribution", ""),
)


def list_training_facts(info: ModelInfo) -> Iterator[tuple[str, str]]:
    """List the recipe, seed, backend, device, epochs and time of a training, each in words.

    Args:
        info: What training wrote beside the model.

    Yields:
        Name and value of what is known.
    """
    for name, label, unit in _FACTS:
        if (value := getattr(info, name)) is not None:
            yield label, format_number(value, unit)
    history = info.history or ()
    if info.epochs is not None:
        yield "Epochs", format_number(info.epochs)
    if info.best_epoch is not None:
        yield "Best epoch, whose weights are kept", _describe_best(info)
    if history and "learning_rate" in history[0]:
        highest = max(epoch["learning_rate"] for epoch in history)
        yield "Highest learning rate at an epoch's end", format_number(highest)
    if history and "seconds" in history[0]:
        yield "Time", format_duration(sum(epoch.get("seconds", 0.0) for epoch in history))
    yield "MLflow run", info.run_id or "not tracked"


def _describe_best(info: ModelInfo) -> str:
    best = format_number(info.best_epoch)
    if info.best_value is None:
        return best
    monitor = info.monitor or ""
    split = "validation " if monitor.startswith("val_") else ""
    name = describe_name(monitor.removeprefix("val_"))
    return f"{best}, {split}{name} {format_number(info.best_value)}"
