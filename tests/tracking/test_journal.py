import json
from pathlib import Path

import pytest

from crack_pipeline.errors import TrackingError
from crack_pipeline.tracking.journal import Journal, list_journals

HEADER = {"name": "trial", "tags": {}, "attached_to": None, "started_ms": 1_000, "uri": "store"}


def test_records_come_back_in_order(outbox: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    for step in range(3):
        journal.append({"kind": "metrics", "step": step})
    again = Journal(journal.folder)
    assert [record["step"] for record in again.records()] == [0, 1, 2]
    assert again.header["name"] == "trial"


def test_half_a_line_is_dropped_and_not_glued_to_the_next(outbox: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    journal.append({"kind": "tags"})
    with (journal.folder / "records.jsonl").open("a") as file:
        file.write('{"kind": "metr')
    assert [record["kind"] for record in journal.records()] == ["tags"]
    journal.append({"kind": "end"})
    assert [record["kind"] for record in journal.records()] == ["tags", "end"]


def test_kept_file_survives_its_original(outbox: Path, tmp_path: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    original = tmp_path / "curve.png"
    original.write_bytes(b"first")
    name = journal.keep_file(original)
    original.write_bytes(b"second")
    assert (journal.folder / name).read_bytes() == b"first"
    assert Path(name).name == "curve.png"


def test_last_confirmation_of_each_store_counts(outbox: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    assert journal.confirmed("a") is None
    journal.confirm("a", "run of a", 1)
    journal.confirm("b", "run of b", 1)
    journal.confirm("a", "run of a", 2)
    assert journal.confirmed("a") == ("run of a", 2)
    assert journal.confirmed("b") == ("run of b", 1)


def test_journal_of_this_process_is_not_abandoned(outbox: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    assert not journal.is_abandoned()
    assert list_journals(outbox) == []


@pytest.mark.parametrize(
    "change", [{"pid": 2**22 + 1}, {"process_started": 0.0}], ids=["gone", "number used again"]
)
def test_journal_of_an_ended_process_is_abandoned(outbox: Path, change: dict[str, float]) -> None:
    journal = Journal.create(outbox, HEADER)
    journal.update_header(change)
    assert journal.is_abandoned()


def test_journal_of_another_machine_is_left_alone_for_a_day(outbox: Path) -> None:
    journal = Journal.create(outbox, {**HEADER, "started_ms": 0})
    journal.update_header({"host": "elsewhere", "pid": 2**22 + 1})
    assert journal.is_abandoned()
    journal.append({"kind": "tags"})
    assert not journal.is_abandoned()


def test_journals_are_listed_oldest_first(outbox: Path, dead_writer: None) -> None:
    late = Journal.create(outbox, {**HEADER, "name": "late", "started_ms": 2})
    early = Journal.create(outbox, {**HEADER, "name": "early", "started_ms": 1})
    found = [journal.folder for journal in list_journals(outbox)]
    assert found == [early.folder, late.folder]


def test_last_journal_takes_the_outbox_with_it(outbox: Path) -> None:
    first, second = Journal.create(outbox, HEADER), Journal.create(outbox, HEADER)
    first.remove()
    assert outbox.is_dir()
    second.remove()
    assert not outbox.exists()


def test_header_is_json_that_a_person_can_read(outbox: Path) -> None:
    journal = Journal.create(outbox, HEADER)
    assert json.loads((journal.folder / "run.json").read_text())["started_ms"] == 1_000


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"null",
        b"",
        b'{"name": 3}',
        b"\xff",
        json.dumps(
            {**HEADER, "host": "h", "pid": 1, "process_started": 0.0, "format_version": 9}
        ).encode(),
    ],
)
def test_a_header_that_cannot_be_read_is_left_alone(
    outbox: Path, dead_writer: None, content: bytes
) -> None:
    whole = Journal.create(outbox, HEADER)
    damaged = Journal.create(outbox, HEADER)
    (damaged.folder / "run.json").write_bytes(content)
    assert [journal.folder for journal in list_journals(outbox)] == [whole.folder]
    assert damaged.folder.is_dir()
    with pytest.raises(TrackingError, match="outbox"):
        _ = damaged.header


@pytest.mark.parametrize("line", ["[]", "3", "{", '{"step": 1}'])
def test_a_damaged_record_is_one_error(outbox: Path, line: str) -> None:
    journal = Journal.create(outbox, HEADER)
    (journal.folder / "records.jsonl").write_text(f"{line}\n")
    with pytest.raises(TrackingError, match="outbox"):
        journal.records()
