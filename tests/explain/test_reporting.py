import json

from crack_pipeline.explain.reporting import report_explanations
from crack_pipeline.explain.scoring import score_photo, tabulate_scores
from crack_pipeline.explain.settings import ScoringSettings


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
