"""Weight of crack against background, from the train tiles."""

from dataclasses import replace

from crack_pipeline.errors import TrainingError
from crack_pipeline.tiles.store import TileStore
from crack_pipeline.training.job import TrainingJob


def balance_classes(job: TrainingJob) -> TrainingJob:
    """Work out the weight of crack in the cross-entropy, where the recipe asks for balance.

    Args:
        job: A training.

    Returns:
        The job with ``positive_weight`` set; the same one for ``class_weights: none``.

    Raises:
        TrainingError: If the train tiles show no crack, or nothing else.
    """
    if job.recipe.class_weights == "none":
        return job
    share = crack_share(job.store, crack_free_share=job.recipe.crack_free_share)
    if not 0 < share < 1:
        raise TrainingError(
            "Balanced class weights need both crack and background in the train tiles.",
            received=f"a crack share of {share:g}",
            remedy=f"Set training.{job.task}.class_weights: none, or correct the labels or "
            f"training.{job.task}.crack_free_share.",
        )
    settings = job.recipe.loss_settings
    weighted = settings.binary_crossentropy.model_copy(
        update={"positive_weight": (1 - share) / share}
    )
    changed = settings.model_copy(update={"binary_crossentropy": weighted})
    return replace(job, recipe=job.recipe.model_copy(update={"loss_settings": changed}))


def crack_share(store: TileStore, *, crack_free_share: float | None = None) -> float:
    """Share of the train pixels, or train photos, that show crack, as they are drawn.

    Args:
        store: A tile store.
        crack_free_share: Share of the drawn tiles that show no crack; None draws all alike.

    Returns:
        A number in [0, 1].
    """
    column = "label" if store.masks is None else "crack_share"
    shares = store.index[column].to_numpy(dtype=float)[store.rows_of("train")]
    if crack_free_share is None:
        return float(shares.mean())
    cracked = shares[shares > 0]
    return float(cracked.mean() * (1 - crack_free_share)) if cracked.size else 0.0
