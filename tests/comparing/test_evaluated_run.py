import json

import pytest
from tests.comparing.contents import N_PHOTOS, make_report

from crack_pipeline.comparing.evaluated_run import find_tolerance, parse_report, read_report_file
from crack_pipeline.errors import SourceError
from crack_pipeline.task_specs import task_names


@pytest.mark.parametrize("place", ["", "evaluation_report.json"])
def test_a_file_or_its_folder_is_read(place, tmp_path):
    report = make_report()
    (tmp_path / "evaluation_report.json").write_text(json.dumps(report))
    assert read_report_file(tmp_path / place) == report


def test_a_path_without_report_is_refused(tmp_path):
    with pytest.raises(SourceError, match="folder that holds one"):
        read_report_file(tmp_path)
    with pytest.raises(SourceError, match="No such file"):
        read_report_file(tmp_path / "other.json")


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_file_of_something_else_is_refused(text, tmp_path):
    (tmp_path / "evaluation_report.json").write_text(text)
    with pytest.raises(SourceError, match="must be an evaluation report"):
        read_report_file(tmp_path)


@pytest.mark.parametrize("task", task_names())
def test_a_report_of_either_task_is_understood(task):
    run = parse_report(make_report(task), name="a run", origin="id")
    assert (run.task, run.model, run.threshold) == (task, "unet", 0.5)
    assert run.tolerance_px == (2 if task == "segmentation" else None)
    assert len(run.photos) == N_PHOTOS
    assert run.describe()["photos"] == N_PHOTOS


def test_an_earlier_report_without_counts_says_what_to_do():
    report = make_report()
    for photo in report["photos"]:
        del photo["near_px"], photo["group_id"]
    with pytest.raises(SourceError, match="without group_id, near_px") as caught:
        parse_report(report, name="old", origin="id")
    assert "kedro run --pipeline=evaluate" in caught.value.remedy


@pytest.mark.parametrize("report", [{}, {"decision": None}, {"decision": {"task": "counting"}}])
def test_what_is_no_evaluation_is_refused(report):
    with pytest.raises(SourceError, match="no decision"):
        parse_report(report, name="strange", origin="id")


def test_a_report_without_photos_is_refused():
    report = {**make_report(), "photos": None}
    with pytest.raises(SourceError, match="without image_id"):
        parse_report(report, name="strange", origin="id")


@pytest.mark.parametrize("change", [{"dice": None}, {"image_id": "photo_01"}])
def test_photos_that_are_not_whole_are_refused(change):
    report = make_report()
    report["photos"][0] |= change
    with pytest.raises(SourceError, match="occur twice, or with counts missing"):
        parse_report(report, name="strange", origin="id")


@pytest.mark.parametrize("prefix", ["", "test_"])
def test_the_headline_names_the_tolerance(prefix):
    headline = [{"name": "f1_pooled"}, {"name": f"{prefix}f1_tolerance_5px_pooled"}]
    assert find_tolerance({"headline": headline}) == 5


@pytest.mark.parametrize(
    "report",
    [{}, {"headline": None}, {"headline": [{"name": "centreline_f1_tolerance_2px_pooled"}]}],
)
def test_without_a_name_the_tolerance_is_not_known(report):
    assert find_tolerance(report) is None
