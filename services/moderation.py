"""Moderation of prompts and captions: a port, and a word-list implementation."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from shared.errors import ChoreoError, ConfigurationError, FieldError, Invalid
from shared.fault_injection import MODERATION
from shared.settings import Settings
from shared.text import is_visible


class ModerationRefused(ChoreoError):
    """The text is refused by moderation."""

    code, title, status = "moderation_refused", "Refused by moderation", 422


class Moderator(Protocol):
    """The moderation port."""

    def refuses(self, text: str) -> bool:
        """Whether the text is refused."""
        ...


class Permissive:
    """Accepts every text."""

    def refuses(self, text: str) -> bool:
        """See `Moderator.refuses`."""
        del text
        return False


class WordList:
    """Refuses texts that contain listed words or phrases as whole words, ignoring case, width and spacing."""

    def __init__(self, phrases: Iterable[str]) -> None:
        found = [re.escape(plain) for phrase in phrases if (plain := _plain(phrase))]
        if not found:
            raise ConfigurationError("the moderation's word list is empty")
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")

    def refuses(self, text: str) -> bool:
        """See `Moderator.refuses`."""
        return self._pattern.search(_plain(text)) is not None


def open_moderator(settings: Settings) -> Moderator:
    """The moderator that the settings configure; by default every text is accepted. Raises ConfigurationError."""
    words = _lines(settings.moderation_words) if settings.moderation_words else []
    if settings.fault_injection:
        words.append(MODERATION)
    return WordList(words) if words or settings.moderation_words else Permissive()


def moderate(moderator: Moderator, texts: Mapping[str, str]) -> None:
    """Check texts, keyed by JSON pointer.

    Raises:
        Invalid: texts have no visible character, except the negative prompt, which may be empty.
        ModerationRefused: the moderator refuses texts.
        Both name every such pointer.
    """
    blank = tuple(
        FieldError(pointer, "blank", "The text has no visible character.")
        for pointer, text in texts.items()
        if pointer != "/negative_prompt" and not is_visible(text)
    )
    if blank:
        raise Invalid("; ".join(f"{one.pointer}: {one.message}" for one in blank), errors=blank)
    errors = tuple(
        FieldError(pointer, ModerationRefused.code, "This text is not accepted here.")
        for pointer, text in texts.items()
        if moderator.refuses(text)
    )
    if errors:
        raise ModerationRefused("; ".join(f"{one.pointer}: {one.message}" for one in errors), errors=errors)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _lines(file: Path) -> list[str]:
    """The phrases of a file, one per line; text after `#` is a comment."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"CHOREO_MODERATION_WORDS: {error}") from error
    return [line.partition("#")[0] for line in text.splitlines()]
