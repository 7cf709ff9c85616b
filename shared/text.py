"""Text from outside the service."""

import unicodedata

_REPLACED = frozenset({"Cc", "Cf", "Cs"})


def clean(text: str, max_length: int) -> str:
    """Text that every database stores and every terminal shows, with at most `max_length` characters.

    Control and format characters other than the line feed (NUL, which PostgreSQL refuses, and those that move a
    cursor) and lone surrogates become U+FFFD. A text that was cut ends with an ellipsis.
    """
    kept = text if len(text) <= max_length else text[: max_length - 1] + "…"
    return "".join(one if one == "\n" or unicodedata.category(one) not in _REPLACED else "\ufffd" for one in kept)
