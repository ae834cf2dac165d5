import pytest
from tests.inspection.bars import make_crack, measure_bars
from tests.inspection.dark_model import draw_photo, make_bundle, settings_of

from crack_pipeline.errors import ParameterError
from crack_pipeline.inspection.checks import compare_checks, read_checks
from crack_pipeline.inspection.files import write_failure, write_photo
from crack_pipeline.inspection.running import predict_folder

PHOTOS = ["a.jpg", "b.jpg", "c.jpg"]


@pytest.fixture
def results(tmp_path):
    crack = make_crack(10, 20, width_px=3, length_px=100)
    other = make_crack(60, 20, width_px=5, length_px=100)
    for name, mm_per_px in (("a.jpg", 0.5), ("b.jpg", None)):
        measurement = measure_bars(crack, other, name=name, mm_per_px=mm_per_px)
        write_photo(measurement, tmp_path, key="k", sha256="0")
    write_failure(tmp_path, "c.jpg", "truncated file")
    return tmp_path


def write_checks(folder, *lines, header="photo,x,y,width_mm"):
    path = folder / "gauge.csv"
    path.write_text("\n".join([header, *lines]))
    return path


def test_readings_stand_beside_the_nearest_width(results):
    lines = ["a.jpg,50,14,1.2", "a.jpg,50,58,2.5", "a.jpg,150,100,0.3"]
    lines += ["b.jpg,50,14,1.2", "c.jpg,1,1,0.2", "d.jpg,1,1,0.2"]
    checks = read_checks(write_checks(results, *lines), PHOTOS)
    table = compare_checks(results, checks)
    # 3 px and 5 px at 0.5 mm, less a bias of 0.2 px
    assert table["measured_mm"].dropna().tolist() == [1.4, 2.4]
    assert table["crack_id"].tolist()[:2] == ["a.jpg#J03", "a.jpg#J14"]
    assert table["distance_px"].tolist()[0] == 3.0
    assert table["note"].fillna("").tolist() == [
        *("", "", "no width was measured within 20 px", "the photo has no scale"),
        *("the photo failed", "no photo of this name"),
    ]
    assert (results / "checks.csv").read_text("utf-8-sig").startswith("photo,x,y,width_mm,")


def test_decimal_commas_are_read(tmp_path):
    path = write_checks(tmp_path, "a.jpg;50,5;14;1,25", header="photo;x;y;width_mm")
    assert read_checks(path, PHOTOS) == [
        {"photo": "a.jpg", "x": 50.5, "y": 14.0, "width_mm": 1.25, "note": ""}
    ]


@pytest.mark.parametrize(
    ("header", "line", "message"),
    [
        ("photo,x,y", "a.jpg,1,2", "no column width_mm"),
        ("photo,x,y,width_mm", "a.jpg,1,2,wide", "'wide' in line 2"),
        ("photo,x,y,width_mm", "a.jpg,1,2,-0.1", "'-0.1' in line 2"),
        ("photo,x,y,width_mm", "a.jpg,nan,2,1", "'nan' in line 2"),
        ("x,y,width_mm", "1,2,1", "photo"),
    ],
)
def test_what_is_no_reading_is_refused(tmp_path, header, line, message):
    with pytest.raises(ParameterError, match=message):
        read_checks(write_checks(tmp_path, line, header=header), PHOTOS)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="checks"):
        read_checks(tmp_path / "gauge.csv", PHOTOS)


def test_readings_stand_in_the_report(tmp_path):
    draw_photo(tmp_path / "photos" / "a.png")
    path = write_checks(tmp_path, "a.png,30,20,1.5", "b.png,1,1,1")
    settings = settings_of(tmp_path / "photos", tmp_path / "out", mm_per_px=0.5, checks=path)
    predict_folder(make_bundle(), settings)
    assert len((tmp_path / "out/checks.csv").read_text("utf-8-sig").splitlines()) == 3
    assert "2 readings of a crack gauge" in (tmp_path / "out/report.html").read_text("utf-8")
    predict_folder(make_bundle(), settings_of(tmp_path / "photos", tmp_path / "out", mm_per_px=0.5))
    assert not (tmp_path / "out/checks.csv").exists()
