import pandas as pd
import pytest

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import ParameterError
from crack_pipeline.ingestion.corrections import (
    Corrections,
    label_before_review,
    leave_out_listed,
    note_restored,
    read_corrections,
    relabel,
    require_listed,
)
from crack_pipeline.ingestion.listing import describe_listing

HEADER = "image_id,action,score,reason\n"


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "review.csv"
    path.write_bytes(text.encode(encoding))
    return path


def listing(*photos) -> pd.DataFrame:
    return describe_listing(photos)


def test_decisions_are_read_and_the_rest_is_left_alone(tmp_path):
    text = HEADER + "a,leave_out,0.1,shifted\nb,crack,,\nc,no_crack,,\nd,keep,,\ne,,0.4,odd\n"
    assert read_corrections(write(tmp_path, text)) == Corrections(
        {"a": "shifted"}, {"b": 1, "c": 0}
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_spreadsheets_make_of_it_is_read_too(tmp_path, encoding):
    text = "Image_ID;Action\r\nBrücke 7;Leave out\r\n b ;NO-CRACK\r\n"
    assert read_corrections(write(tmp_path, text, encoding)) == Corrections(
        {"Brücke 7": ""}, {"b": 0}
    )


def test_no_list_and_no_row_decide_nothing(tmp_path):
    assert read_corrections(tmp_path / "none.csv") == Corrections()
    assert read_corrections(write(tmp_path, HEADER)) == Corrections()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an empty file"),
        ("image_id,score\na,1\n", "missing: action"),
        ("action\nkeep\n", "missing: image_id"),
        (HEADER + 'a,keep,"1\n', "unexpected end of data"),
        (HEADER + "b,keep,1\na,keep,1,odd, and wide\n", "5 cells under 4 names in line 3"),
        (HEADER + "a,leaveout,,\n", "Did you mean leave_out"),
        (HEADER + "a,delete,,\n", "'delete' for a"),
        (HEADER + "a,crack,,\na,leave_out,,\n", "a with two actions"),
    ],
)
def test_damaged_lists_are_refused(tmp_path, text, told):
    with pytest.raises(ParameterError, match=told):
        read_corrections(write(tmp_path, text))


def test_a_list_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "review.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00\x81")
    with pytest.raises(ParameterError, match="save it as CSV in UTF-8"):
        read_corrections(path)


def test_unknown_ids_are_refused_with_the_nearest():
    corrections = Corrections({"Positive/00012": ""}, {"x": 1})
    with pytest.raises(ParameterError, match=r"Positive/00012, x.*Did you mean Positive/00001"):
        require_listed(corrections, ["Positive/00001", "Negative/7"])
    require_listed(Corrections({"a": ""}), ["a"])


def test_an_id_that_a_spreadsheet_changed_is_named():
    with pytest.raises(ParameterError, match=r"Did you mean 9-2 for 09\. Feb, 003 for 3\?"):
        require_listed(Corrections({"3": "", "09. Feb": ""}), ["003", "030", "9-2", "9-3"])


def test_photos_whose_id_was_changed_are_noted(tmp_path):
    text = "image_id,action,image_file\n3,leave_out,003.jpg\n9-Feb,no_crack,9-2.jpg\n4,,004.jpg\n"
    found = read_corrections(write(tmp_path, text))
    assert found == Corrections({"003": ""}, {"9-2": 0}, {"003": "3", "9-2": "9-Feb"})
    table = listing(*(ListedImage(name, tmp_path / f"{name}.jpg") for name in ("003", "004")))
    noted = note_restored(table, found.restored)["noted"]
    assert noted.tolist() == ["id_from_image_file", ""]


def test_labels_are_changed_and_noted(tmp_path):
    table = listing(
        ListedImage("a", tmp_path / "a.jpg", label=0, noted="odd"),
        ListedImage("b", tmp_path / "b.jpg", label=0),
        ListedImage("c", tmp_path / "c.jpg", label=1),
    )
    changed = relabel(table, {"a": 1, "c": 1})
    assert changed["label"].tolist() == [1, 0, 1]
    assert changed["noted"].tolist() == ["odd;label_from_review", "", ""]
    assert changed[list(table.columns)].dtypes.equals(table.dtypes)
    assert label_before_review(changed).tolist() == [0, 0, 1]


def test_no_crack_gives_a_photo_an_empty_mask(tmp_path):
    mask = tmp_path / "a.png"
    table = listing(
        ListedImage("a", tmp_path / "a.jpg", mask_path=mask, label=1),
        ListedImage("b", tmp_path / "b.jpg", mask_path=mask),
    )
    changed = relabel(table, {"a": 0, "b": 0})
    assert changed["mask_format"].tolist() == ["empty", "empty"]
    assert changed["label"].tolist() == [0, 0]
    assert label_before_review(changed).tolist() == [1, 1]
    unlabelled = relabel(listing(ListedImage("a", tmp_path / "a.jpg")), {"a": 1})
    assert label_before_review(unlabelled).isna().all()


def test_crack_cannot_be_said_where_the_mask_alone_decides(tmp_path):
    table = listing(ListedImage("a", tmp_path / "a.jpg", mask_path=tmp_path / "a.png"))
    with pytest.raises(ParameterError, match="Draw its mask"):
        relabel(table, {"a": 1})


def test_photos_are_left_out_with_the_reason_of_the_list():
    table = pd.DataFrame({"image_id": ["a", "b", "c"], "reason": ["", "", "zero bytes"]})
    left = leave_out_listed(table.astype("string"), {"a": "mask shifted", "b": "", "c": "x"})
    assert left["reason"].tolist() == [
        "left out by the review list: mask shifted",
        "left out by the review list",
        "zero bytes",
    ]
