import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.review_file import read_review_file

KNOWN = ("image_id", "action", "reason")


@pytest.fixture
def read(tmp_path):
    """Reads a text as a review table."""

    def from_text(text: str):
        path = tmp_path / "review.csv"
        path.write_bytes(text.encode())
        return read_review_file(path, KNOWN)

    return from_text


def test_known_names_are_told_in_any_case_and_others_stay(read):
    table = read("Image_ID; Action ;Remark\r\n a ;keep;moss, wet\r\n\r\nb\r\n")
    assert table.separator == ";"
    assert list(table.rows) == ["image_id", "action", "Remark"]
    assert table.rows.to_numpy().tolist() == [["a", "keep", "moss, wet"], ["b", "", ""]]


def test_empty_columns_of_a_spreadsheet_are_not_there(read):
    table = read("image_id,action,,\na,keep,,\nb,,,\n")
    assert list(table.rows) == ["image_id", "action"]


def test_text_in_a_column_without_name_stays(read):
    table = read("image_id,action,,\na,keep,moss,\n")
    assert table.rows.to_numpy().tolist() == [["a", "keep", "moss"]]


def test_quoted_text_may_hold_anything(read):
    table = read('image_id,action\n"a, ""b""\nc",keep\n')
    assert table.rows["image_id"].tolist() == ['a, "b"\nc']


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "an empty file"),
        ("\n\n", "an empty file"),
        ("image_id,reason\na,b\n", "missing: action"),
        ("image_id,action,action\na,b,c\n", "2 columns named 'action'"),
        ("image_id,action,,\na,b,c,d\n", "2 columns named ''"),
        ("image_id,action\na,keep,moss\nb,keep\n", "3 cells under 2 names in line 2"),
        ('image_id,action\n"a\nb",keep\na,keep,moss\n', "3 cells under 2 names in line 4"),
        ('image_id,action\na,"keep\n', "unexpected end of data"),
    ],
)
def test_damaged_tables_are_refused(read, text, told):
    with pytest.raises(ParameterError, match=told):
        read(text)


@pytest.mark.parametrize("content", [b"PK\x03\x04\xff\xfe", None])
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "review.csv"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(ParameterError, match="save it as CSV in UTF-8"):
        read_review_file(path, KNOWN)


AFTER_A_SPREADSHEET = [
    ("003", "3"),
    ("9-2", "09. Feb"),
    ("1e5", "1,00E+05"),
    ("TRUE", "WAHR"),
    ("00123456789012345678", "1,23457E+17"),
]


def test_ids_that_a_spreadsheet_changed_are_told_by_their_file(read):
    lines = [f"{written};leave_out;{meant}.jpg\r\n" for meant, written in AFTER_A_SPREADSHEET]
    table = read("sep=;\r\nimage_id;action;image_file\r\n" + "".join(lines) + "own;keep;\r\n")
    assert table.rows["image_id"].tolist() == [*(meant for meant, _ in AFTER_A_SPREADSHEET), "own"]
    assert table.restored == dict(AFTER_A_SPREADSHEET)


@pytest.mark.parametrize("row", ["4,leave_out,003.jpg", "b,leave_out,a.jpg", "10-2,,9-2.png"])
def test_a_row_that_speaks_of_two_photos_is_refused(read, row):
    with pytest.raises(ParameterError, match=r"as image_id and '.*' as image_file in one row"):
        read(f"image_id,action,image_file\n{row}\n")
