"""Cost of test-time augmentation."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from crack_pipeline.images.reading import read_image
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.types import RgbImage


def time_views(bundle: ModelBundle, paths: Iterable[str]) -> dict[str, float | str]:
    """Time the prediction of a few photos under the views of a model and under one view.

    Args:
        bundle: The model.
        paths: Of the photos.

    Returns:
        JSON-ready: seconds per photo with and without the views, and their ratio as
        ``tta_cost_ratio``. They differ from run to run, so they belong into no file that must not.
    """
    images = [read_image(Path(path)) for path in paths]
    seconds, plain = (_seconds_a_photo(one, images) for one in (bundle, bundle.under("none")))
    return {
        "views": bundle.views,
        "seconds_a_photo": seconds,
        "seconds_a_photo_without": plain,
        "tta_cost_ratio": seconds / plain,
    }


def format_cost(cost: dict[str, float | str]) -> str:
    """One line of text for what ``time_views`` gave."""
    return (
        f"Test-time augmentation ({cost['views']}) takes {cost['tta_cost_ratio']:.1f} times as "
        f"long: {cost['seconds_a_photo']:.3g} s a photo instead of "
        f"{cost['seconds_a_photo_without']:.3g} s"
    )


def _seconds_a_photo(bundle: ModelBundle, images: Sequence[RgbImage]) -> float:
    list(bundle.predict_each(images))  # the network is traced once for each new size of a batch
    started = time.perf_counter()
    list(bundle.predict_each(images))
    return (time.perf_counter() - started) / len(images)
