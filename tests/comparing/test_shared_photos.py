from dataclasses import replace

import pytest
from tests.comparing.contents import N_PHOTOS, make_run

from crack_pipeline.comparing.shared_photos import require_comparable, share_photos
from crack_pipeline.errors import ManifestError, ParameterError

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
