"""Try again what may pass by itself, with longer and longer waits."""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

FIRST_WAIT_S = 1.0
"""Wait after the first failure; it doubles with each one."""

LONGEST_WAIT_S = 60.0
LONGEST_ASKED_WAIT_S = 300.0
"""A server that asks for more than this is not waited for."""


class PassingFaultError(Exception):
    """Something that may pass by itself: a cut connection, a server in trouble.

    Args:
        what: What happened.
        wait_s: How long the server asks to wait; None where it does not say.
    """

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        self.wait_s = wait_s
        super().__init__(what)


def try_again(
    action: Callable[[], Result],
    *,
    retries: int,
    name: str,
    measure_progress: Callable[[], int] = lambda: 0,
) -> Result:
    """Do something until it succeeds or has failed too often in a row.

    Args:
        action: What to do; raises ``PassingFaultError`` where trying again may help.
        retries: Attempts after a failed one.
        name: What is tried, for the log.
        measure_progress: What has been reached so far; a rise sets the count back.

    Returns:
        What the action returns.

    Raises:
        PassingFaultError: The last one.
    """
    failures, reached = 0, measure_progress()
    while True:
        try:
            return action()
        except PassingFaultError as fault:
            now = measure_progress()
            failures = 1 if now > reached else failures + 1
            reached = now
            if failures > retries or (fault.wait_s or 0) > LONGEST_ASKED_WAIT_S:
                raise
            wait_s = max(fault.wait_s or 0, _back_off(failures))
            logger.warning(
                "%s: %s; trying again in %.0f s (%d of %d)", name, fault, wait_s, failures, retries
            )
        time.sleep(wait_s)


def _back_off(failures: int) -> float:
    return min(FIRST_WAIT_S * 2.0 ** (failures - 1), LONGEST_WAIT_S)


def read_retry_after(value: str | None) -> float | None:
    """Read the header ``Retry-After``.

    Args:
        value: Seconds or a date; None where the header is missing.

    Returns:
        Seconds from now, at least 0; None where it says nothing that can be read.

    Source:
        RFC 9110, section 10.2.3.
    """
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max((date - datetime.now(UTC)).total_seconds(), 0.0)
