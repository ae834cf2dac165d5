"""Locks of files that end with the process that holds them, however it ends."""

import sys

if sys.platform != "win32":
    import fcntl


def lock_alone(descriptor: int) -> bool:
    """Lock an open file for this process alone, without waiting.

    Args:
        descriptor: Of the file; closing it unlocks.

    Returns:
        False if another process holds it. True also where the system cannot lock: Windows, and
        some network file systems.
    """
    if sys.platform == "win32":  # has no flock: two runs at a time are not told apart there
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems cannot lock: go on as on a system without locks
        return True
    return True
