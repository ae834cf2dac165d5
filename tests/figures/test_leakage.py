from crack_pipeline.figures.leakage import draw_leakage


def test_each_model_has_both_splits_and_its_seeds_as_dots():
    interval = {"value": 0.9, "low": 0.8, "high": 0.95}
    report = {
        "dataset": "lines",
        "photos": 14,
        "test_related_share": 0.25,
        "scores": [
            {"model": "cnn", "split": kind, "by_seed": {"0": 0.9, "1": 0.91}, **interval}
            for kind in ("random", "group_safe")
        ],
        "differences": [{"model": "cnn", "value": 0.0, "low": -0.1, "high": 0.1}],
        "relatives": [{"model": "cnn", "related": interval, "kept_apart": None}],
    }
    figure = draw_leakage(report)
    splits, relatives = figure.axes
    assert [label.get_text() for label in splits.get_xticklabels()] == ["cnn"]
    dots = [line for line in splits.lines if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in dots] == [2, 2]
    assert "25\u00a0% of the random test part" in relatives.get_title(loc="left")
    assert len(relatives.containers) == 1, "what could not be measured is not drawn"
    figure.canvas.draw()


def test_scores_without_bounds_are_points():
    bare = {"model": "cnn", "value": 0.9, "low": None, "high": None}
    report = {
        "dataset": "lines",
        "photos": 14,
        "test_related_share": 0.0,
        "scores": [
            {"split": kind, "by_seed": {"0": 0.9}, **bare} for kind in ("random", "group_safe")
        ],
        "differences": [{**bare, "value": 0.0}],
        "relatives": [{"model": "cnn", "related": None, "kept_apart": None}],
    }
    figure = draw_leakage(report)
    figure.canvas.draw()
    assert len(figure.axes[0].containers) == 2
