import os
import sys

import pytest

from crack_pipeline.images.codec_messages import hear_codecs


def test_messages_are_taken_once_and_not_shown(capfd):
    with hear_codecs() as messages:
        assert messages.take_new() == ""
        os.write(2, b"Corrupt JPEG data: premature end of data segment\n")
        assert messages.take_new().startswith("Corrupt JPEG data")
        assert messages.take_new() == ""
    assert capfd.readouterr().err == ""


def test_lines_of_others_are_passed_on(capfd):
    with hear_codecs():
        os.write(2, b"libpng warning: something\nout of memory\n")
    assert capfd.readouterr().err == "out of memory\n"


def test_stderr_comes_back_after_an_error(capfd):
    with pytest.raises(ValueError, match="inside"), hear_codecs():
        raise ValueError("inside")
    sys.stderr.write("back\n")
    sys.stderr.flush()
    assert capfd.readouterr().err == "back\n"
