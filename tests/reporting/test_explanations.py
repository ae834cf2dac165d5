from tests.reporting.contents import make_explanation_scores

from crack_pipeline.reporting.explanations import (
    GROUPS,
    remark_on_cold_maps,
    remark_on_methods,
    tabulate_explanations,
)


def test_every_score_has_a_line_and_every_method_a_column():
    tables = list(tabulate_explanations(make_explanation_scores()))
    assert {table.header for table in tables} == {("Score", "Integrated gradients", "Grad-CAM")}
    names = {name for row in make_explanation_scores() for name in row} - {"method"}
    assert sum(len(table.rows) for table in tables) == len(names)
    lines = {row[0][0]: row[1:] for table in tables for row in table.rows}
    assert lines["Heat by area, tile joints"] == ("3.64", "0.980")
    assert lines["SSIM with a random network"] == ("0.737", "0.057")
    assert lines["Gap of completeness"] == ("0.006", "–")
    assert lines["Photos without any heat"] == ("0", "3")


def test_scores_without_words_are_shown_too_and_empty_ones_left_out():
    (table,) = tabulate_explanations([{"method": "new one", "points_hit": 12, "iou": None}])
    assert table.caption == "Other scores"
    assert table.header == ("Score", "New one")
    assert table.rows == ((("Points hit", ""), "12"),)
    assert list(tabulate_explanations([])) == []


def test_maps_that_look_alike_without_training_are_not_to_be_read():
    (remark,) = remark_on_methods(
        [
            {"method": "saliency", "sanity_spearman": 0.7, "sanity_ssim": 0.1},
            {"method": "occlusion", "sanity_spearman": 0.69, "sanity_ssim": None},
        ]
    )
    assert remark.startswith("Do not read the maps of Saliency (0.700):")


def test_places_that_draw_clearly_more_heat_are_named():
    joints, border = remark_on_methods(
        [
            {"method": "saliency", "joint_preference": 1.6, "border_preference": 1.4},
            {"method": "Grad-CAM", "joint_preference": 3.64, "border_preference": 1.5},
        ]
    )
    assert joints.startswith("Tile joints draw clearly more heat")
    assert "by Grad-CAM (3.64\u00a0×) and Saliency (1.60\u00a0×)" in joints
    assert border.startswith("The border draws clearly more heat")
    assert "Saliency" not in border


def test_methods_without_heat_are_named():
    (remark,) = remark_on_cold_maps([{"method": "Grad-CAM", "without_heat": 3}])
    assert remark == "Photos without any heat, which find no crack: Grad-CAM (3)."


def test_good_scores_need_no_remark():
    good = {"sanity_spearman": 0.1, "joint_preference": 1.0, "border_preference": 0.5}
    rows = [{"method": "Grad-CAM", **good, "without_heat": 0}]
    assert remark_on_methods(rows) == remark_on_cold_maps(rows) == []
    assert remark_on_methods([]) == []


def test_each_score_has_words_once():
    names = [score.name for scores in GROUPS.values() for score in scores]
    assert len(set(names)) == len(names)
