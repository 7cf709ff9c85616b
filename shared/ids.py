"""Identifiers: `prefix_` + a 26-character ULID (github.com/ulid/spec), so ids sort by age."""

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from shared.clock import Clock

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(r"[a-z]{3,5}_[0-7][0-9A-HJKMNP-TV-Z]{25}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def new_id(prefix: str, when: Clock | datetime, entropy: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """A fresh id: 48 bits of milliseconds, then 80 bits of `entropy`."""
    now = when if isinstance(when, datetime) else when.now()
    number = (_milliseconds(now) << 80) | int.from_bytes(entropy(10))
    return f"{prefix}_{_encode(number)}"


def first_id(prefix: str, moment: datetime) -> str:
    """The least id that can be made at a moment: ids before it are older, all others are not."""
    return f"{prefix}_{_encode(_milliseconds(moment) << 80)}"


def is_id(text: str, prefix: str) -> bool:
    """Whether `text` is a well-formed id of this kind."""
    return text.startswith(f"{prefix}_") and _PATTERN.fullmatch(text) is not None


def _milliseconds(moment: datetime) -> int:
    return int((moment - _EPOCH).total_seconds() * 1000)


def _encode(number: int) -> str:
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))
