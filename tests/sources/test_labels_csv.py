import pytest

from crack_pipeline.errors import SourceError
from crack_pipeline.sources.labels_csv import LabelRow, read_labels


@pytest.fixture
def write(tmp_path):
    def write_table(content):
        path = tmp_path / "labels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_table


def test_all_columns_are_read(write):
    path = write(
        "file,label,split,photo_id,mask,remark\n"
        "a.jpg,1,train,bridge 1,a.png,x\n"
        "b.jpg,,,,,\n"
        "\n"
        '"c, d.jpg",no_crack,Val,,,\n'
    )
    assert read_labels(path) == [
        LabelRow(2, "a.jpg", 1, "train", "bridge 1", "a.png"),
        LabelRow(3, "b.jpg"),
        LabelRow(5, "c, d.jpg", 0, "validation"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiter_byte_order_mark_and_line_ends_do_not_matter(write, delimiter, mark, end):
    lines = ("Image; Label", "mur été.jpg; 1", "🌉.jpg; 0", "")
    path = write(mark + end.join(lines).replace("; ", delimiter))
    assert [(row.image, row.label) for row in read_labels(path)] == [
        ("mur été.jpg", 1),
        ("🌉.jpg", 0),
    ]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        *((text, 1) for text in ("1", "yes", "Positive", "TRUE", "crack", "1.0", '"1,0"', "WAHR")),
        *((text, 0) for text in ("0", "No", "negative", "no crack", "uncracked", "false", "FAUX")),
    ],
)
def test_usual_spellings_of_labels_are_known(write, text, label):
    assert read_labels(write(f"image,label\na,{text}\n"))[0].label == label


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no header"),
        ("\n", "no header"),
        ("image,label\n", "a header and no line"),
        ("name,label\na,1\n", r"columns name, label; missing: image"),
        ("image,remark\na,1\n", "missing: label"),
        ("image,file,label\na,a,1\n", "columns image and file, which mean the same"),
        ("image,label\na,maybe\n", r"label 'maybe' in line 2.*1 or 0"),
        ("image,label,split\na,1,dev\n", "split 'dev' in line 2"),
        ("image,label\n,1\n", "line 2 without an image"),
        ("image,label\na\n", "line 2 with 1 fields"),
        (b"PK\x03\x04\x14\x00", "no text in UTF-8.*Save it as CSV in UTF-8"),
        ("image,label\n" + "x" * 200_000 + ",1\n", "field limit"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(write, content, message):
    with pytest.raises(SourceError, match=f"(?s)labels.csv: .*{message}"):
        read_labels(write(content))


def test_names_are_read_as_a_spreadsheet_keeps_them(write):
    path = write("sep=;\r\nimage;label\r\n'=1+1.jpg;1,0\r\nmür.jpg;0\r\n".encode("cp1252"))
    assert read_labels(path) == [LabelRow(3, "=1+1.jpg", 1), LabelRow(4, "mür.jpg", 0)]


def test_a_missing_table_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match=r"No such file.*ingestion\.labels"):
        read_labels(tmp_path / "none.csv")
