import json
from pathlib import Path

import numpy as np
import pytest

from crack_pipeline.images.reading import read_image
from crack_pipeline.tasks.view_costs import format_cost, time_views


def test_the_first_photos_are_predicted_both_ways(line_manifest):
    paths = line_manifest["image_path"]
    seen = {"with": [], "without": []}
    cost = time_views(
        paths,
        "flips",
        with_views=lambda images: seen["with"].append(images),
        without=lambda images: seen["without"].append(images),
        n_photos=2,
    )
    expected = [read_image(Path(path)) for path in paths[:2]]
    for calls in seen.values():
        assert len(calls) == 2  # once to be traced, once to be timed
        for images in calls:
            assert all(np.array_equal(*pair) for pair in zip(images, expected, strict=True))
    assert cost["tta_cost_ratio"] == cost["seconds_a_photo"] / cost["seconds_a_photo_without"]
    json.dumps(cost, allow_nan=False)


@pytest.mark.parametrize("seconds", [0.5, 25.0])
def test_the_cost_in_words(seconds):
    cost = {
        "views": "flips",
        "seconds_a_photo": 4 * seconds,
        "seconds_a_photo_without": seconds,
        "tta_cost_ratio": 4.0,
    }
    assert "4.0 times" in format_cost(cost)
    assert f"instead of {seconds:.3g} s" in format_cost(cost)
