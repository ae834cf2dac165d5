import os

from crack_pipeline.reporting.explanation_scores import read_explanation_scores


def test_no_file_is_no_table_and_no_note(tmp_path):
    assert read_explanation_scores(tmp_path / "scores.csv", newer_than=None) == ([], [])


def test_numbers_are_read_as_numbers(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("method,hits,energy,note\ngrad_cam,12,0.41,\n", encoding="utf-8")
    rows, notes = read_explanation_scores(path, newer_than=None)
    assert rows == [{"method": "grad_cam", "hits": 12, "energy": 0.41, "note": None}]
    assert notes == []


def test_a_table_older_than_the_model_is_left_out_and_said(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("method\ngrad_cam\n", encoding="utf-8")
    os.utime(path, (1000, 1000))
    rows, notes = read_explanation_scores(path, newer_than=2000)
    assert rows == []
    assert notes == ["scores.csv is older than the model, left out."]


def test_what_is_no_table_is_left_out_and_said(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_bytes(b"\xff\xfe\x00method")
    assert read_explanation_scores(path, newer_than=None) == (
        [],
        ["scores.csv cannot be read as a table, left out."],
    )
