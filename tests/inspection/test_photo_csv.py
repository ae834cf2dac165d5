import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.inspection.photo_csv import read_metadata

PHOTOS = ["north/a.jpg", "south/a.jpg", "south/Brücke 1.jpg"]


def write(folder, *lines):
    path = folder / "elements.csv"
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_columns_are_found_by_path_and_by_name(tmp_path):
    path = write(
        tmp_path,
        "element,photo,inspector",
        "pier 1,north/a.jpg,Ada",
        "pier 2,south\\a.jpg,'=Bo",
        "deck,Bru\u0308cke 1.jpg,",
    )
    metadata = read_metadata(path, PHOTOS)
    assert metadata.columns == ("element", "inspector")
    assert metadata.rows == {
        "north/a.jpg": {"element": "pier 1", "inspector": "Ada"},
        "south/a.jpg": {"element": "pier 2", "inspector": "=Bo"},
        "south/Brücke 1.jpg": {"element": "deck", "inspector": ""},
    }
    assert metadata.notes == ()


def test_what_fits_no_photo_is_told(tmp_path):
    path = write(tmp_path, "photo,element", "a.jpg,pier 1", "south/Bruecke 1.jpg,deck")
    metadata = read_metadata(path, PHOTOS)
    assert metadata.rows == {}
    unknown, missing = metadata.notes
    assert "2 lines that fit not one photo: a.jpg, south/Bruecke 1.jpg" in unknown
    assert "no line for north/a.jpg, south/a.jpg, south/Brücke 1.jpg" in missing


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no line"),
        (["element,face", "pier 1,west"], "columns element, face"),
        (["photo,cracks", "north/a.jpg,3"], "cracks, which the tables have"),
        (["photo,face,face", "north/a.jpg,3,4"], "none twice"),
        (["photo,face", "north/a.jpg,3", "north/a.jpg,4"], "line 3 says something else"),
    ],
)
def test_a_csv_that_is_not_keyed_by_photo_is_refused(tmp_path, lines, message):
    with pytest.raises(ParameterError, match=message):
        read_metadata(write(tmp_path, *lines), PHOTOS)


def test_short_lines_are_filled(tmp_path):
    metadata = read_metadata(write(tmp_path, "photo,element", "north/a.jpg"), PHOTOS)
    assert metadata.rows == {"north/a.jpg": {"element": ""}}
