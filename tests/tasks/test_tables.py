from crack_pipeline.tasks.tables import format_comparison, format_headline


def test_model_stands_beside_baseline():
    table = format_comparison(
        {"test_f1": 0.91, "test_baseline_f1": 0.5, "test_auc": 0.99},
        (("f1", "F1"), ("auc", "AUC"), ("iou", "IoU")),
        split="test",
        model="a_network_with_a_long_name",
        baseline="black-hat",
    )
    lines = [line.split() for line in table.splitlines()]
    assert lines[0] == ["test", "photos", "a_network_with_a_long_name", "black-hat"]
    assert lines[1:] == [["F1", "0.9100", "0.5000"], ["AUC", "0.9900", "–"]]
    assert len({len(line) for line in table.splitlines()}) == 1


def test_a_long_name_of_a_metric_moves_the_numbers():
    label = "thin cracks (below 3 px), recall at 2 px"
    table = format_comparison(
        {"test_a": 0.5, "test_b": 0.25},
        (("a", label), ("b", "F1")),
        split="test",
        model="unet",
        baseline="black-hat",
    )
    lines = table.splitlines()
    assert lines[1].startswith(f"{label}  ")
    assert len({line.index(number) for line, number in zip(lines[1:], "00", strict=True)}) == 1


def test_what_labels_agree_at_stands_beside():
    table = format_comparison(
        {"test_f1": 0.91, "test_auc": 0.99},
        (("f1", "F1"), ("auc", "AUC")),
        split="test",
        model="unet",
        baseline="black-hat",
        beside=("labels agree", {"f1": 0.871}),
    )
    lines = table.splitlines()
    assert lines[0].endswith("labels agree")
    assert lines[1].split() == ["F1", "0.9100", "–", "0.8710"]
    assert lines[2].split() == ["AUC", "0.9900", "–"]


def test_lengths_have_three_digits_and_shares_four_decimals():
    rows = [
        {"label": "F1", "value": 0.91, "low": 0.9, "high": 0.92},
        {"label": "Hausdorff, px", "value": 149.3938, "low": 12.3456, "high": 196.3},
        {"label": "a90, px", "value": None, "low": None, "high": None},
    ]
    lines = [line.split() for line in format_headline(rows).splitlines()]
    assert lines[0] == ["F1", "0.9100", "95", "%:", "0.9000", "to", "0.9200"]
    assert lines[1][2:] == ["149", "95", "%:", "12.3", "to", "196"]
    assert lines[2][2:] == ["–"]
