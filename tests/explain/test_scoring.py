import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.explain.methods import Heat
from crack_pipeline.explain.scoring import (
    MEANS,
    OF_JOINTS,
    RATIOS,
    count_without_heat,
    flatten_scores,
    format_scores,
    report_explanations,
    say_what_is_left_out,
    score_photo,
    tabulate_scores,
)
from crack_pipeline.explain.settings import ALL_METHODS, ScoringSettings

SETTINGS = ScoringSettings(pointing_tolerance_px=2, deletion_steps=8)
METHODS = ("saliency", "integrated_gradients")


@pytest.fixture
def explained(explain):
    return explain(methods=METHODS)


@pytest.fixture
def explainer(make_explainer):
    return make_explainer(methods=METHODS)


def test_a_photo_with_a_mask_gets_every_score(explained, explainer):
    rows = score_photo(explained, explainer, SETTINGS, random_heats=explained.heats)
    saliency, integrated = rows
    assert saliency["energy_inside"] == pytest.approx(1.0)
    assert saliency["pointing_game"] == 1.0
    assert saliency["mask_area"] == pytest.approx(3 / 32)
    assert saliency["sanity_spearman"] == pytest.approx(1.0)
    assert saliency["sanity_ssim"] == pytest.approx(1.0)
    assert saliency["deletion_auc"] < 0.3
    assert 0 < saliency["border_area"] < 1
    assert "joint_energy" not in saliency
    assert integrated["completeness_gap"] <= 0.01


def test_without_masks_the_scores_against_them_are_left_out_and_that_is_said(explained, explainer):
    without = replace(explained, truth=None)
    rows = score_photo(without, explainer, SETTINGS)
    assert not {"energy_inside", "pointing_game", "iou", "mask_area"} & set(rows[0])
    assert "deletion_auc" in rows[0]
    said = say_what_is_left_out([without], "segmentation")
    assert "no masks" in said[0]
    table = tabulate_scores(rows, METHODS)
    assert table["energy_inside"].isna().all()
    assert "explain_saliency_energy_inside" not in flatten_scores(table)
    assert "explain_saliency_deletion_auc" in flatten_scores(table)


def test_where_nothing_is_scored_that_is_said(explained, explainer):
    beside = replace(explained, chosen=replace(explained.chosen, is_scored=False))
    assert "No test photo shows crack" in say_what_is_left_out([beside], "segmentation")[0]
    table = tabulate_scores(score_photo(beside, explainer, SETTINGS), METHODS)
    assert table["photos"].tolist() == [0, 0]
    assert flatten_scores(tabulate_scores([], METHODS))["explain_saliency_photos"] == 0


def test_joints_count_without_the_crack_that_crosses_them(explained, explainer):
    joints = np.zeros_like(explained.truth)
    joints[:, 4:8] = 1
    with_joints = replace(explained, joints=joints)
    saliency, _ = score_photo(with_joints, explainer, SETTINGS)
    assert saliency["joint_area"] == pytest.approx(4 * 29 / 32**2)
    assert saliency["joint_energy"] == pytest.approx(0.0, abs=1e-6)
    assert len(say_what_is_left_out([with_joints], "segmentation")) == 0


def test_the_table_has_means_and_quotients_of_means():
    def row(image_id: str, energy: float, area: float, joint: float | None) -> dict:
        scores = {"energy_inside": energy, "mask_area": area, "border_energy": 0.1}
        joints = {} if joint is None else {"joint_energy": joint, "joint_area": 0.2}
        return {
            "image_id": image_id,
            "method": "saliency",
            "is_scored": True,
            "without_heat": math.isnan(energy),
            "border_area": 0.2,
            **scores,
            **joints,
        }

    rows = [row("a", 0.5, 0.1, None), row("b", 0.7, 0.3, 0.3), row("c", math.nan, 0.2, None)]
    beside = {**row("d", 1.0, 1.0, 0.1), "is_scored": False}
    table = tabulate_scores([*rows, beside], ["saliency"])
    (found,) = table.to_dict("records")
    assert (found["photos"], found["without_heat"]) == (3, 1)
    assert found["energy_inside"] == pytest.approx(0.6)
    assert found["energy_ratio"] == pytest.approx(0.6 / 0.2)
    assert found["border_preference"] == pytest.approx(0.5)
    assert found["joint_photos"] == 2
    assert found["joint_preference"] == pytest.approx(1.0)
    flat = flatten_scores(table)
    assert flat["explain_saliency_energy_inside"] == pytest.approx(0.6)
    assert "explain_saliency_sanity_ssim" not in flat


def test_a_method_that_seldom_gives_heat_is_not_praised_for_it(explained, explainer):
    half = np.zeros_like(explained.truth)
    half[:16] = 1
    maps = [np.ones(half.shape, np.float32), *[np.zeros(half.shape, np.float32)] * 11]
    maps[0][15, 0] = 1.5
    photos = [_with_map(explained, number, heat, half) for number, heat in enumerate(maps)]
    rows = [row for photo in photos for row in score_photo(photo, explainer, SETTINGS)]
    (found,) = tabulate_scores(rows, ["saliency"]).to_dict("records")
    assert (found["photos"], found["without_heat"]) == (12, 11)
    assert found["pointing_game"] == pytest.approx(1 / 12)
    assert found["iou"] <= 1 / 12
    assert found["energy_ratio"] == pytest.approx(1.0, abs=0.01)
    assert found["border_preference"] == pytest.approx(1.0, abs=0.01)
    assert count_without_heat(photos) == {"saliency": 11}
    said = say_what_is_left_out(photos, "segmentation")
    assert "saliency gives no heat on 11 of 12 scored photos" in said[0]


def test_a_ratio_is_of_the_photos_that_have_both_of_its_numbers():
    rows = [
        {"energy_inside": 0.5, "mask_area": 0.5, "without_heat": False},
        *[{"energy_inside": math.nan, "mask_area": 0.01, "without_heat": True}] * 11,
    ]
    named = [
        {"image_id": str(n), "method": "m", "is_scored": True, **r} for n, r in enumerate(rows)
    ]
    (found,) = tabulate_scores(named, ["m"]).to_dict("records")
    assert found["energy_ratio"] == 1.0
    assert found["mask_area"] == pytest.approx((0.5 + 11 * 0.01) / 12)


def _with_map(explained, number, heat, truth):
    chosen = replace(explained.chosen, image_id=f"photo_{number}")
    return replace(explained, chosen=chosen, truth=truth, heats={"saliency": Heat(heat)})


def test_the_report_is_ready_for_json(explain, make_explainer):
    methods = ("integrated_gradients", "grad_cam")
    explained, explainer = explain(methods=methods), make_explainer(methods=methods)
    rows = score_photo(explained, explainer, ScoringSettings(deletion_steps=4))
    table = tabulate_scores(rows, methods)
    report = report_explanations(
        [explained], rows, table, layer=explainer.layer, left_out=["a sentence"]
    )
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["layer"] == {"name": "dark", "shape": [32, 32, 2]}
    assert report["left_out"] == ["a sentence"]
    assert [row["method"] for row in report["methods"]] == list(methods)
    assert report["methods"][1]["completeness_gap"] is None
    (photo,) = report["photos"]
    assert photo["image_id"] == "photo_08"
    assert photo["explained"] == "predicted crack"
    assert set(photo["scores"]) == set(methods)
    assert photo["made_with"]["integrated_gradients"]["steps"] >= 16


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
