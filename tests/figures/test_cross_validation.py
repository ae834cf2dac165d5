from crack_pipeline.figures.cross_validation import draw_cross_validation


def test_each_metric_has_a_column_with_every_fold():
    report = {
        "dataset": "lines",
        "model": "unet",
        "folds": [
            {"photos": 4, "metrics": {"fold_f1": value, "fold_recall": value}}
            for value in (0.5, 0.7)
        ],
        "metrics": {
            "fold_f1_mean": 0.6,
            "fold_f1_sd": 0.14,
            "out_of_fold_f1": 0.61,
            "fold_recall_mean": 0.6,
            "fold_recall_sd": 0.14,
            "out_of_fold_recall": 0.61,
        },
        "shown": [["f1", "F1"], ["recall", "recall"]],
    }
    figure = draw_cross_validation(report)
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["F1", "recall"]
    assert "8 photos out of fold" in axes.get_title(loc="left")
    figure.canvas.draw()
