from tests.reporting.contents import make_explanation_scores, make_subject

from crack_pipeline.reporting.explanation_section import make_explanations
from crack_pipeline.reporting.explanation_words import GROUPS


def _make(*scores):
    return make_explanations(make_subject(explanation_scores=list(scores)))


def test_every_score_has_a_line_and_every_method_a_column():
    tables = make_explanations(make_subject()).tables
    assert {table.header for table in tables} == {("Score", "Integrated gradients", "Grad-CAM")}
    names = {name for row in make_explanation_scores() for name in row} - {"method"}
    assert sum(len(table.rows) for table in tables) == len(names)
    lines = {row[0].text: [cell.text for cell in row[1:]] for table in tables for row in table.rows}
    assert lines["Heat by area, tile joints"] == ["3.64", "0.980"]
    assert lines["SSIM with a random network"] == ["0.737", "0.057"]
    assert lines["Gap of completeness"] == ["0.006", "–"]
    assert lines["Photos without any heat"] == ["0", "3"]


def test_scores_without_words_are_shown_too_and_empty_ones_left_out():
    tables = _make({"method": "new one", "points_hit": 12, "iou": None}).tables
    (table,) = tables
    assert table.caption == "Other scores"
    assert table.header == ("Score", "New one")
    assert [[cell.text for cell in row] for row in table.rows] == [["Points hit", "12"]]


def test_maps_that_look_alike_without_training_are_not_to_be_read():
    (remark,) = _make(
        {"method": "saliency", "sanity_spearman": 0.7, "sanity_ssim": 0.1},
        {"method": "occlusion", "sanity_spearman": 0.69, "sanity_ssim": None},
    ).remarks
    assert remark.startswith("Do not read the maps of Saliency (0.700):")


def test_places_that_draw_clearly_more_heat_are_named():
    joints, border = _make(
        {"method": "saliency", "joint_preference": 1.6, "border_preference": 1.4},
        {"method": "Grad-CAM", "joint_preference": 3.64, "border_preference": 1.5},
    ).remarks
    assert joints.startswith("Tile joints draw clearly more heat")
    assert "by Grad-CAM (3.64\u00a0×) and Saliency (1.60\u00a0×)" in joints
    assert border.startswith("The border draws clearly more heat")
    assert "Saliency" not in border


def test_methods_without_heat_are_named():
    (remark,) = _make({"method": "Grad-CAM", "without_heat": 3}).remarks
    assert remark == "Photos without any heat, which find no crack: Grad-CAM (3)."


def test_good_scores_need_no_remark():
    good = {"sanity_spearman": 0.1, "joint_preference": 1.0, "border_preference": 0.5}
    assert _make({"method": "Grad-CAM", **good, "without_heat": 0}).remarks == ()
    assert make_explanations(make_subject(explanation_scores=[])).remarks == ()


def test_each_score_has_words_once():
    names = [score.name for _, scores in GROUPS for score in scores]
    assert len(set(names)) == len(names)
