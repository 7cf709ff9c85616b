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


_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {
    chr(code)
    for first, last in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF))
    for code in range(first, last + 1)
}
"""Characters without a glyph whose category is that of letters, marks or symbols: fillers, joiners, selectors."""


def is_visible(text: str) -> bool:
    """Whether a text has a character that is seen: neither white space nor a control or format character."""
    return any(
        unicodedata.category(one)[0] != "Z" and unicodedata.category(one) not in _REPLACED and one not in _INVISIBLE
        for one in text
    )
