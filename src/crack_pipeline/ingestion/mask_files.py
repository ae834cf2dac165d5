"""Where the masks are written that ingestion makes: names that every file system takes."""

import hashlib
import re
from pathlib import PurePosixPath

# What Windows, the shell or a URL would take for something else; % keeps the names apart.
_ODD = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\%]')
_LONGEST_BYTES = 200
_DIGEST_DIGITS = 16


def mask_file_name(image_id: str) -> str:
    """Name the PNG of a photo's mask, with folders where the id has them.

    Different ids give different names. No name leaves the folder that it is put into.

    Args:
        image_id: As in the manifest, such as ``train/11111``.

    Returns:
        A relative path, such as ``train/11111.png``.
    """
    parts = [_make_safe(part) for part in image_id.split("/")]
    return str(PurePosixPath(*parts[:-1], f"{parts[-1]}.png"))


def _make_safe(part: str) -> str:
    safe = _ODD.sub(lambda odd: f"%{ord(odd.group()):02X}", part)
    if not safe or safe.startswith("."):  # hidden, or the way up
        safe = f"%{safe}"
    encoded = safe.encode()
    if len(encoded) <= _LONGEST_BYTES:
        return safe
    digest = hashlib.sha256(encoded).hexdigest()[:_DIGEST_DIGITS]
    return encoded[:_LONGEST_BYTES].decode(errors="ignore") + f"%{digest}"
