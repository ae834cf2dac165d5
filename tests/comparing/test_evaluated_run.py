import json
from dataclasses import replace

import pytest
from tests.comparing.contents import N_PHOTOS, make_report, make_run

from crack_pipeline.comparing.evaluated_run import (
    find_tolerance,
    parse_report,
    read_report_file,
    require_comparable,
    share_photos,
)
from crack_pipeline.errors import ManifestError, ParameterError, SourceError
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


FIRST = make_run()
SECOND = make_run(name="second", seed=1)


def _without(run, n_photos):
    return replace(run, photos=run.photos.iloc[n_photos:])


def test_photos_are_paired_by_id_whatever_their_order():
    shuffled = replace(SECOND, photos=SECOND.photos.sample(frac=1, random_state=0))
    photos = share_photos(FIRST, shuffled)
    assert photos.first["image_id"].tolist() == photos.second["image_id"].tolist()
    assert photos.groups.nunique() == N_PHOTOS // 2
    assert photos.left_out == (0, 0)


def test_other_test_photos_are_refused_and_counted():
    with pytest.raises(ManifestError, match="24 of first and 20 of second, of which 20 are") as e:
        share_photos(FIRST, _without(SECOND, 4))
    assert "compare.photos=shared" in e.value.remedy


def test_shared_photos_are_compared_where_that_is_allowed():
    photos = share_photos(_without(FIRST, 2), _without(SECOND, 4), "shared")
    assert len(photos.first) == 20
    assert photos.left_out == (2, 0)


def test_runs_that_share_no_photo_cannot_be_compared():
    other = SECOND.photos.assign(image_id="other_" + SECOND.photos["image_id"])
    with pytest.raises(ManifestError, match="of which 0 are shared") as caught:
        share_photos(FIRST, replace(SECOND, photos=other), "shared")
    assert "compare.photos=shared" not in caught.value.remedy


def test_a_changed_mask_is_noticed():
    changed = SECOND.photos.copy()
    changed.loc[3, "false_negative"] += 1
    with pytest.raises(ManifestError, match="another truth for 1 of 24 photos, first: photo_03"):
        share_photos(FIRST, replace(SECOND, photos=changed))


def test_a_changed_label_is_noticed():
    first, second = make_run("classification"), make_run("classification", seed=1)
    changed = second.photos.assign(label=1 - second.photos["label"])
    with pytest.raises(ManifestError, match="another truth for 24"):
        share_photos(first, replace(second, photos=changed))


def test_photos_that_one_of_the_runs_groups_stay_together():
    groups = SECOND.photos["group_id"].where(SECOND.photos.index > 3, "all one")
    photos = share_photos(FIRST, replace(SECOND, photos=SECOND.photos.assign(group_id=groups)))
    assert photos.groups.nunique() == N_PHOTOS // 2 - 1


def test_runs_of_two_tasks_are_refused():
    with pytest.raises(ParameterError, match="first of segmentation, second of classification"):
        require_comparable(FIRST, make_run("classification", name="second"))


def test_the_same_run_twice_is_refused():
    with pytest.raises(ParameterError, match="two different evaluations"):
        require_comparable(FIRST, FIRST)
    with pytest.raises(ParameterError, match="equal throughout"):
        require_comparable(FIRST, replace(FIRST, name="copy", origin="copy"))
    require_comparable(FIRST, SECOND)
