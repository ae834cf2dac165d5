"""What test-time augmentation costs."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path

from crack_pipeline.images.reading import read_image
from crack_pipeline.prediction.views import MaskViews
from crack_pipeline.types import RgbImage

PredictAll = Callable[[Sequence[RgbImage]], object]


def time_views(
    paths: Iterable[str],
    views: MaskViews,
    *,
    with_views: PredictAll,
    without: PredictAll,
    n_photos: int,
) -> dict[str, float | str]:
    """Predict a few photos with all views and with one.

    Args:
        paths: Of photos; the first ones are taken.
        views: The name of the views, for the report.
        with_views: Predicts photos with them.
        without: Predicts the same photos as they are.
        n_photos: How many are predicted.

    Returns:
        JSON-ready: seconds a photo with and without, and their ratio as ``tta_cost_ratio``. They
        differ from run to run, so they belong into no file that must not.
    """
    images = [read_image(Path(path)) for path in islice(paths, n_photos)]
    seconds, plain = (_seconds_a_photo(predict, images) for predict in (with_views, without))
    return {
        "views": views,
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


def _seconds_a_photo(predict: PredictAll, images: Sequence[RgbImage]) -> float:
    predict(images)  # the network is traced once for each new size of a batch
    started = time.perf_counter()
    predict(images)
    return (time.perf_counter() - started) / len(images)
