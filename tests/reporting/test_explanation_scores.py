import pandas as pd

from crack_pipeline.reporting.explanation_scores import list_explanation_scores


def test_what_a_method_has_no_score_of_is_none():
    table = pd.DataFrame({"method": ["a", "b"], "hits": [12, 3], "energy": [0.41, float("nan")]})
    assert list_explanation_scores(table) == [
        {"method": "a", "hits": 12, "energy": 0.41},
        {"method": "b", "hits": 3, "energy": None},
    ]


def test_a_long_table_is_cut():
    assert len(list_explanation_scores(pd.DataFrame({"method": ["a"] * 50}))) == 40
