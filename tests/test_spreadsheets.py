import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crack_pipeline
from crack_pipeline.datasets.tables import TableDataset
from crack_pipeline.spreadsheets import (
    defuse,
    likely_names,
    may_have_become,
    read_sheet,
    restore,
    write_sheet,
)

SOURCE = Path(crack_pipeline.__file__).parent
CONF = SOURCE.parents[1] / "conf"
DANGEROUS = [
    *('=HYPERLINK("http://x","y")', "+cmd|calc!A1", "-2+3", "@SUM(1+1)", "\t=1", "\r=1", "\n=1"),
    *(" =1+1", "＝1+1", "＠x", "'=1", "''@", "' -1", "\ufeff=1"),
]
HARMLESS = ["", "a", "003", "a=1", "'", "'quoted'", "it's", "é-2", "9-2"]
# Text that begins as formulas and apostrophes do, more often than by chance.
SIGNS = st.sampled_from("=+-@'\t\r\n ＝a0;,\"é") | st.characters(
    codec="utf-8", exclude_characters="\0"
)
TEXTS = st.text(SIGNS, max_size=6).map(str.strip)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_looks_like_a_formula_gets_an_apostrophe_and_loses_it_again(text):
    assert defuse(text) == f"'{text}"
    assert restore(defuse(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text):
    assert defuse(text) == restore(text) == text


@given(st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from(",;\t|"))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_is_written_is_read_back(tmp_path, cells, separator):
    table = pd.DataFrame({"image_id": cells, "-x": 1, "=y": "z", "w": 2})
    path = tmp_path / "table.csv"
    text = write_sheet(table, separator)
    path.write_text(text, "utf-8-sig", newline="")
    sheet = read_sheet(path)
    assert sheet.separator == separator
    assert [cells for _, cells in sheet.lines] == [
        ["image_id", "-x", "=y", "w"],
        *([cell, "1", "z", "2"] for cell in cells),
    ]


def test_tables_of_the_catalog_keep_numbers_and_text(tmp_path):
    path = tmp_path / "table.csv"
    table = pd.DataFrame({"name": ["=1+1", "'a'", None], "gain": [-0.5, 2.0, 0.0], "-": [1, 2, 3]})
    dataset = TableDataset(filepath=str(path))
    dataset.save(table)
    assert path.read_bytes().startswith(b"name,gain,'-\r\n'=1+1,-0.5,1\r\n")
    pd.testing.assert_frame_equal(dataset.load(), table, check_dtype=False)


def test_every_csv_is_written_by_these_functions():
    writers = re.compile(r"\.to_csv\(|csv\.(?:Dict)?[wW]riter|(?<!\()CSVDataset\(")
    found = {
        file.relative_to(SOURCE).as_posix()
        for file in SOURCE.rglob("*.py")
        if writers.search(file.read_text(encoding="utf-8"))
    }
    assert found == {"spreadsheets.py", "manifest.py"}  # the latter hashes its text
    entries = {
        name: entry["type"]
        for file in CONF.rglob("catalog*.yml")
        for name, entry in (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).items()
        if isinstance(entry, dict) and str(entry.get("filepath", "")).endswith(".csv")
    }
    assert len(entries) >= 5
    assert set(entries.values()) == {"crack_pipeline.datasets.tables.TableDataset"}


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nimage_id;action\r\nmür;keep\r\n".encode("cp1252"),
        "sep=,\nimage_id,action\nmür,keep\n".encode(),
        '"sep=;"\r\nimage_id;action\r\nmür;keep\r\n'.encode("utf-8-sig"),
        "SEP=\t\r\nimage_id\taction\r\nmür\tkeep\r\n".encode("utf-16"),
        "\ufeffimage_id\taction\r\nmür\tkeep\r\n".encode("utf-16-be"),
        "sep=;,\r\nimage_id,action\r\nmür,keep\r\n".encode(),  # saved with another sign since
        "image_id|action\rmür|keep\r".encode(),
        'image_id, action\n"mür", "keep"'.encode(),
    ],
)
def test_however_it_was_saved_it_is_read(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert [cells for _, cells in read_sheet(path).lines] == [
        ["image_id", "action"],
        ["mür", "keep"],
    ]


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04\x14\x00\x06\x00", "a,b".encode("utf-16-le"), b"a\x00\x81", b"a\x81,b"],
)
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no text"):
        read_sheet(path)


@pytest.mark.parametrize(
    ("original", "written"),
    [
        ("003", "3"),
        ("1e5", "1,00E+05"),
        ("1e5", "100000"),
        ("00123456789012345678", "1.23457E+17"),
        ("1.50", "1,5"),
        ("(5)", "-5"),
        *(("9-2", text) for text in ("09. Feb", "9-Feb", "2-Sep", "02.09.2025", "2025-02-09")),
        *(("1/2", text) for text in ("01. Feb", "2-Jan", "1/2/2026", "46054")),
        *(("5-5", text) for text in ("05.05.2026", "5-May", "46147")),
        *(("MAR1", text) for text in ("01. Mrz", "1-Mar")),
        *(("Dec-12", text) for text in ("12-Dec", "12. Dez")),
        ("3-2020", "Mrz 20"),
        ("2023-05-17", "17.05.23"),
        ("TRUE", "WAHR"),
        ("false", "FALSCH"),
        ("a ", "a"),
    ],
)
def test_what_spreadsheets_make_of_ids_is_known(original, written):
    assert may_have_become(original, written)
    assert likely_names(written, ["x1", original, "0044"]) == [original]


@pytest.mark.parametrize(
    ("original", "written"),
    [
        *(("003", "4"), ("TRUE", "FALSCH"), ("a", "b")),
        *(("9-2", text) for text in ("10-2", "crack", "", "3-Sep", "9-Oct", "02.10.2025")),
        *(("1-2", "2-Sep"), ("1-9", "2-Sep"), ("MAR1", "3-Jan")),
    ],
)
def test_other_changes_are_none_of_a_spreadsheet(original, written):
    assert not may_have_become(original, written)


def test_all_ids_that_may_have_become_a_date_are_named():
    grid = [f"{row}-{column}" for row in range(1, 13) for column in range(1, 13)]
    assert likely_names("2-Sep", grid) == ["2-9", "9-2"]
    assert likely_names("3-Dec", grid) == ["3-12", "12-3"]
    assert likely_names("05.05.2026", grid) == ["5-5"]
