import math

import pandas as pd

from crack_pipeline.explain.scoring import MEANS, OF_JOINTS, RATIOS, name_methods
from crack_pipeline.explain.settings import ALL_METHODS
from crack_pipeline.explain.telling import format_scores


def make_table(**of_methods: dict[str, float]) -> pd.DataFrame:
    scores = [*MEANS, *OF_JOINTS, *(name for name, _, _ in RATIOS)]
    blank = {"photos": 12, "without_heat": 0, **dict.fromkeys(scores, math.nan), "joint_photos": 0}
    return pd.DataFrame([{"method": name, **blank, **known} for name, known in of_methods.items()])


def test_methods_are_columns_and_scores_rows_in_words():
    table = make_table(
        **{name: {"border_preference": 12.345, "energy_ratio": 1.5} for name in ALL_METHODS}
    )
    table.loc[table["method"] == "integrated_gradients", "completeness_gap"] = 0.004
    lines = format_scores(table, "segmentation").splitlines()
    assert max(map(len, lines)) <= 110
    assert "integrated" in lines[0]
    assert lines[1].split() == ["saliency", "SmoothGrad", "gradients", "Seg-Grad-CAM", "occlusion"]
    rows = {label: cells for label, *cells in (line.rsplit(maxsplit=5) for line in lines[2:])}
    assert rows["Photos scored"] == ["12"] * 5
    assert rows["Heat by area, border"] == ["12.345"] * 5
    assert rows["Gap of completeness"] == ["–", "–", "0.004", "–", "–"]
    assert "Share of the heat on the crack" not in rows
    assert "nan" not in str(lines).lower()


def test_one_line_names_methods_of_one_word():
    lines = format_scores(make_table(saliency={}, grad_cam={}), "classification").splitlines()
    assert lines[0].split() == ["saliency", "Grad-CAM"]


def test_the_table_calls_methods_as_the_sheet_does():
    named = name_methods(make_table(saliency={}, grad_cam={}), "segmentation")
    assert named["method"].tolist() == ["saliency", "Seg-Grad-CAM"]
