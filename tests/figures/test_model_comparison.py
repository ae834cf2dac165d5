import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from crack_pipeline.figures.model_comparison import draw_model_comparison


def _report(n_candidates: int, *, alike: bool) -> dict:
    costs = ("n_parameters", "flops", "seconds_training", "ms_a_tile_in_batch")
    candidates = [
        {
            "name": f"network_{place}",
            "f1": {"value": 0.86 - 0.002 * place, "low": 0.8, "high": 0.9},
            **dict.fromkeys(costs, 1e6 if alike else 1e6 * (place + 1)),
        }
        for place in range(n_candidates)
    ]
    return {
        "dataset": "lines",
        "measured_on": "validation",
        "headlines": [["f1_pooled", "F1"]],
        "steps": 40,
        "batch_sizes": [4, 8],
        "tile_px": 32,
        "seeds": 1,
        "cores": 2.0,
        "candidates": candidates,
        "failed": {"broken": "tile too small"},
    }


@pytest.mark.parametrize("alike", [False, True])
def test_no_number_covers_another(alike):
    figure = draw_model_comparison(_report(9, alike=alike))
    figure.draw_without_rendering()
    assert len(figure.axes) == 4
    for axes in figure.axes:
        boxes = [Text.get_window_extent(text) for text in axes.texts]
        assert [text.get_text() for text in axes.texts] == [str(place) for place in range(1, 10)]
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
        panel = axes.get_window_extent()
        assert all(panel.contains(*np.mean(box.get_points(), axis=0)) for box in boxes)


def test_names_and_budget_are_written_beside_the_panels():
    figure = draw_model_comparison(_report(1, alike=True))
    names, title = (text.get_text() for text in figure.texts)
    assert names == "1  network_0"
    assert "40 steps of 4–8 tiles of 32 px" in title
    assert figure.axes[0].get_ylabel() == "F1 on validation"


def test_scores_without_bounds_are_points():
    report = _report(2, alike=False)
    for entry in report["candidates"]:
        entry["f1"] |= {"low": None, "high": None}
    figure = draw_model_comparison(report)
    figure.draw_without_rendering()
    assert [len(axes.lines) for axes in figure.axes] == [2] * 4
