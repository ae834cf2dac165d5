import math

import pandas as pd

from crack_pipeline.explain.scoring import MEANS, OF_JOINTS, RATIOS, name_methods
from crack_pipeline.explain.settings import ALL_METHODS
from crack_pipeline.explain.telling import format_scores, judge_methods


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
    assert rows["photos scored"] == ["12"] * 5
    assert rows["heat ÷ area: border"] == ["12.345"] * 5
    assert rows["gap of completeness"] == ["–", "–", "0.004", "–", "–"]
    assert "heat inside the mask" not in rows
    assert "nan" not in str(lines).lower()


def test_one_line_names_methods_of_one_word():
    lines = format_scores(make_table(saliency={}, grad_cam={}), "classification").splitlines()
    assert lines[0].split() == ["saliency", "Grad-CAM"]


def test_maps_that_weights_drawn_anew_give_as_well_are_not_to_be_read():
    table = make_table(
        saliency={"sanity_spearman": 0.7, "sanity_ssim": 0.1},
        smoothgrad={"sanity_spearman": 0.1, "sanity_ssim": 0.9},
        grad_cam={"sanity_spearman": 0.69, "sanity_ssim": -0.9},
    )
    (said,) = judge_methods(table, "segmentation")
    assert "the maps of saliency and SmoothGrad:" in said


def test_methods_that_look_at_joints_or_border_are_named():
    table = make_table(
        saliency={"joint_preference": 1.4, "border_preference": 0.9},
        integrated_gradients={"joint_preference": 2.14, "border_preference": 1.5},
        grad_cam={"joint_preference": 1.96, "border_preference": 0.9},
    )
    border, joints = judge_methods(table, "segmentation")
    assert border.startswith("Clearly more heat on the border")
    assert border.endswith(": integrated gradients (1.5).")
    assert joints.endswith(": integrated gradients (2.1) and Seg-Grad-CAM (2.0).")


def test_nothing_is_said_where_nothing_is_to_be_minded():
    assert judge_methods(make_table(saliency={}), "segmentation") == []


def test_the_table_calls_methods_as_the_sheet_does():
    named = name_methods(make_table(saliency={}, grad_cam={}), "segmentation")
    assert named["method"].tolist() == ["saliency", "Seg-Grad-CAM"]
