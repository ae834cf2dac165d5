"""Hear what image codecs write to the standard error stream, instead of showing it.

libjpeg tells of damaged data only there: the photo that it returns is grey from the damage on.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

_STDERR = 2
_FROM_CODECS = re.compile(
    r"JPEG|libpng|TIFF|imdecode|imread|grfmt|Premature end|Unsupported marker|restart marker"
    r"|Huffman|^\s*$",
    re.IGNORECASE,
)


class CodecMessages:
    """Messages since the last question, read from the file that stands in for standard error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._read_to = 0

    def take_new(self) -> str:
        """Text that codecs wrote since the last call; empty where they wrote none."""
        end = os.fstat(self._file.fileno()).st_size
        if end == self._read_to:
            return ""
        text = os.pread(self._file.fileno(), end - self._read_to, self._read_to)
        self._read_to = end
        return text.decode(errors="replace").strip()

    def foreign_lines(self) -> list[str]:
        """All lines that no codec wrote: they belong to the user."""
        text = os.pread(self._file.fileno(), os.fstat(self._file.fileno()).st_size, 0)
        lines = text.decode(errors="replace").splitlines()
        return [line for line in lines if not _FROM_CODECS.search(line)]


@contextmanager
def hear_codecs() -> Iterator[CodecMessages]:
    """Send the process's standard error to a file while images are decoded.

    The redirection holds for the whole process, so it is for worker processes and short pieces of
    work in the main thread. Lines that no codec wrote are passed on at the end.

    Yields:
        The messages.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        kept = os.dup(_STDERR)
        os.dup2(file.fileno(), _STDERR)
        messages = CodecMessages(file)
        try:
            yield messages
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)
            for line in messages.foreign_lines():
                sys.stderr.write(f"{line}\n")
