import json

from crack_pipeline.errors import ImageReadError
from crack_pipeline.trials.events import describe_error, read_event, restore_error


def test_an_error_comes_back_as_what_it_was_and_names_its_trial():
    error = ImageReadError("A file must decode.", received="a.jpg", remedy="Replace it.")
    event = json.loads(json.dumps(describe_error(error)))
    restored = restore_error(event, "fold 2")
    assert type(restored) is ImageReadError
    assert str(restored) == "A file must decode. Received: a.jpg (trial fold 2). Replace it."


def test_a_bug_has_no_remedy_of_its_own():
    event = describe_error(ZeroDivisionError("by zero"))
    assert event["received"] == "ZeroDivisionError: by zero"
    assert restore_error(event, "fold 2") is None


def test_what_is_no_event_is_left_out():
    assert read_event('{"kind": "epoch", "epoch": 1}\n') == {"kind": "epoch", "epoch": 1}
    assert read_event('{"kind": "epo') is None
    assert read_event("a line that a library printed\n") is None
    assert read_event("[1, 2]\n") is None
