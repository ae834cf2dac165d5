"""Which photos of an evaluation are worth looking at."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def rank_photos(
    photos: Sequence[Mapping[str, Any]], n_photos: int
) -> dict[str, list[Mapping[str, Any]]]:
    """Choose the best, median and worst photos.

    Best and median come from the photos with crack: a crack-free photo that was left alone shows
    nothing. Of equally bad photos the one with more wrong pixels is worse.

    Args:
        photos: Entries of the report, one a photo.
        n_photos: Photos wanted of each kind.

    Returns:
        ``best``, ``median`` and ``worst`` → entries, each the most telling first; a photo is
        named once.
    """
    ranked = sorted(photos, key=lambda p: (-p["dice"], p["wrong_px"], p["image_id"]))
    cracked = [photo for photo in ranked if photo["truth_px"] > 0]
    best = cracked[:n_photos]
    worst = [photo for photo in ranked if photo not in best][::-1][:n_photos]
    rest = [photo for photo in cracked if photo not in best and photo not in worst]
    middle = max(0, (len(rest) - n_photos) // 2)
    return {"best": best, "median": rest[middle : middle + n_photos], "worst": worst}


def rank_labels(
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float64],
    *,
    threshold: float,
    n_photos: int,
) -> dict[str, NDArray[np.int64]]:
    """Choose the photos that tell most about a classifier.

    Args:
        labels: (N,) of {0, 1}.
        probabilities: (N,) in [0, 1].
        threshold: Crack is predicted where the probability is ≥ it.
        n_photos: Most photos wanted of each kind.

    Returns:
        Heading → positions, the most telling first: cracks missed, false alarms, then the least
        and the most certain of the photos told right.
    """
    predicted = probabilities >= threshold
    wrong = predicted != (labels == 1)
    distance = np.abs(probabilities - threshold)
    far_first, near_first = (
        np.argsort(-distance, kind="stable"),
        np.argsort(distance, kind="stable"),
    )

    def take(order: NDArray[np.intp], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        return order[chosen[order]][:n_photos].astype(np.int64)

    return {
        "Cracks missed, the surest first": take(far_first, wrong & ~predicted),
        "False alarms, the surest first": take(far_first, wrong & predicted),
        "Told right, the least certain first": take(near_first, ~wrong),
        "Told right, the most certain first": take(far_first, ~wrong),
    }
