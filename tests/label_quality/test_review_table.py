import pandas as pd
import pytest

from crack_pipeline.errors import ParameterError, StorageError
from crack_pipeline.ingestion.corrections import read_corrections
from crack_pipeline.label_quality.review import (
    COLUMNS,
    merge_review,
    read_review_table,
    write_review_table,
)

REASON = "the mask fits better shifted by (+0, -7) px"


@pytest.fixture
def manifest():
    ids = [f"train/{name}" for name in ("a", "b", "c", "d", "é crack")]
    paths = [f"/photos/{name}.jpg" for name in ids]
    return pd.DataFrame({"image_id": ids, "image_path": paths, "status": "ok", "reason": ""})


@pytest.fixture
def ranked(manifest):
    """The photos from the worst to the best; the last one is without blame."""
    ids = list(reversed(manifest["image_id"]))
    scores = [0.9, 0.8, 0.7, 0.6, 0.0]
    return pd.DataFrame(
        {"image_id": ids, "rank": range(1, 6), "score": scores, "reason": [REASON] * 4 + [""]}
    )


@pytest.fixture
def review(tmp_path, ranked, manifest):
    """Runs a review on the table in a folder, as often as it is called."""
    path = tmp_path / "review.csv"

    def run(*, worst: int = 3, found=ranked, photos=manifest) -> list[dict[str, str]]:
        table = merge_review(read_review_table(path), found, photos, worst=worst)
        write_review_table(path, table)
        return table.rows.to_dict("records")

    run.path = path
    return run


def _edit(path, image_id, **values):
    rows = read_review_table(path).rows
    for column, value in values.items():
        if column not in rows:
            rows[column] = ""
        rows.loc[rows["image_id"] == image_id, column] = value
    rows.to_csv(path, index=False)


def test_the_worst_are_listed_for_the_user(review):
    rows = review()
    assert [row["image_id"] for row in rows] == ["train/é crack", "train/d", "train/c"]
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0] == {
        "image_id": "train/é crack",
        "rank": "1",
        "score": "0.900",
        "reason": REASON,
        "action": "",
        "note": "",
        "state": "",
        "image_file": "train/é crack.jpg",
    }


def test_what_is_without_blame_is_not_listed(review):
    assert len(review(worst=24)) == 4


def test_a_decision_stays_and_makes_room_for_the_next(review):
    review()
    _edit(review.path, "train/d", action="keep", reason="looked at it with Ana")
    rows = review()
    assert [row["image_id"][6:] for row in rows] == ["é crack", "d", "c", "b"]
    assert rows[1]["action"] == "keep"
    assert rows[1]["reason"] == "looked at it with Ana"
    assert review() == rows


def test_decisions_outlive_the_photos(review, ranked, manifest):
    review()
    _edit(review.path, "train/c", action="leave_out")
    _edit(review.path, "train/d", action="no_crack")
    photos = manifest[manifest["image_id"] != "train/d"].copy()
    left_out = photos["image_id"] == "train/c"
    photos.loc[left_out, ["status", "reason"]] = ["set_aside", "left out by the review list"]
    found = ranked[~ranked["image_id"].isin(["train/c", "train/d"])]
    rows = {row["image_id"]: row for row in review(found=found, photos=photos)}
    assert rows["train/c"]["action"] == "leave_out"
    assert rows["train/c"]["state"] == "set aside: left out by the review list"
    assert rows["train/d"]["action"] == "no_crack"
    assert rows["train/d"]["state"] == "not in the manifest any more"
    assert rows["train/d"]["rank"] == ""
    assert rows["train/d"]["score"] == "0.800"


def test_columns_and_rows_of_the_user_stay(review):
    review()
    _edit(review.path, "train/c", remark="ask Ben; maybe moss")
    with review.path.open("a", encoding="utf-8") as file:
        file.write("train/a,,,blurred,leave_out,,,\n")
    rows = {row["image_id"]: row for row in review(worst=1)}
    assert set(rows) == {"train/é crack", "train/c", "train/a"}
    assert rows["train/c"]["remark"] == "ask Ben; maybe moss"
    assert (rows["train/a"]["reason"], rows["train/a"]["action"]) == ("blurred", "leave_out")


def test_notes_of_the_user_stay_and_keep_their_row(review):
    review()
    _edit(review.path, "train/c", note="ask Ben; maybe moss")
    _edit(review.path, "train/d", action="keep", note="a joint")
    rows = {row["image_id"]: row for row in review(worst=1)}
    assert set(rows) == {"train/é crack", "train/c", "train/d"}
    assert (rows["train/c"]["note"], rows["train/c"]["action"]) == ("ask Ben; maybe moss", "")
    assert rows["train/d"]["note"] == "a joint"
    assert rows == {row["image_id"]: row for row in review(worst=1)}


def test_what_the_user_wrote_into_the_state_moves_to_the_note(review, manifest):
    review()
    _edit(review.path, "train/c", state="moss")
    _edit(review.path, "train/d", note="dust", state="at the lens")
    photos = manifest[manifest["image_id"] != "train/c"]
    for _ in range(2):
        rows = {row["image_id"]: row for row in review(photos=photos)}
        assert rows["train/c"]["note"] == "moss"
        assert rows["train/c"]["state"] == "not in the manifest any more"
        assert (rows["train/d"]["note"], rows["train/d"]["state"]) == ("dust; at the lens", "")


def test_a_table_that_a_spreadsheet_saved_keeps_its_separator(review):
    review()
    text = review.path.read_text(encoding="utf-8-sig")
    rows = pd.read_csv(review.path, dtype=str, keep_default_na=False)
    rows.loc[0, "action"] = "leave_out"
    rows.to_csv(review.path, index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    assert review()[0]["action"] == "leave_out"
    assert review.path.read_text(encoding="utf-8-sig").startswith("image_id;rank;score")
    assert text.startswith("image_id,rank,score")


def test_the_table_before_is_kept_beside(review):
    review()
    _edit(review.path, "train/d", action="keep")
    edited = review.path.read_bytes()
    review()
    assert review.path.with_name("review_previous.csv").read_bytes() == edited


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"photo;decision\na;b\n",
        b"image_id,reason\na,b\n",
        b"\xff\xfe\x00image",
        # One cell more than names in the first line, which shifts columns for many a reader.
        b"image_id,action\na,leave_out,moss\nb,keep\n",
        b"image_id,action\nb,keep\na,leave_out,moss\n",
    ],
)
def test_what_is_no_review_table_is_refused_and_left_alone(review, content):
    review.path.write_bytes(content)
    with pytest.raises(ParameterError, match="image_id and action"):
        review()
    assert review.path.read_bytes() == content
    assert not review.path.with_name("review_previous.csv").exists()
    with pytest.raises(ParameterError, match="image_id and action"):
        read_corrections(review.path)


def test_a_table_that_cannot_be_written_is_an_error_with_a_remedy(tmp_path, ranked, manifest):
    (tmp_path / "blocked").write_text("a file where a folder should be")
    table = merge_review(read_review_table(tmp_path / "none.csv"), ranked, manifest, worst=3)
    with pytest.raises(StorageError, match="where the user edits it"):
        write_review_table(tmp_path / "blocked" / "review.csv", table)


def test_ingestion_reads_what_the_user_wrote(review):
    review()
    _edit(review.path, "train/d", action="leave_out")
    _edit(review.path, "train/é crack", action="no_crack")
    review()
    corrections = read_corrections(review.path)
    assert corrections.leave_out == {"train/d": REASON}
    assert corrections.labels == {"train/é crack": 0}
