"""Moderation: whether the service takes a text at all. One port; a plain word list behind it, or nobody."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from shared.errors import ChoreoError, ConfigurationError, FieldError
from shared.fault_injection import MODERATION
from shared.settings import Settings


class ModerationRefused(ChoreoError):
    """The service does not take this text."""

    code, title, status = "moderation_refused", "Refused by moderation", 422


class Moderator(Protocol):
    """Judges what callers write."""

    def objects_to(self, text: str) -> bool:
        """Whether this text must not be taken."""
        ...


class Permissive:
    """Takes everything."""

    def objects_to(self, text: str) -> bool:
        """See `Moderator.objects_to`."""
        del text
        return False


class WordList:
    """Objects to texts with certain words or phrases, whole, whatever their case, width and spacing."""

    def __init__(self, phrases: Iterable[str]) -> None:
        found = [re.escape(plain) for phrase in phrases if (plain := _plain(phrase))]
        if not found:
            raise ConfigurationError("the moderation's word list is empty")
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(found)})(?!\w)")

    def objects_to(self, text: str) -> bool:
        """See `Moderator.objects_to`."""
        return self._pattern.search(_plain(text)) is not None


def open_moderator(settings: Settings) -> Moderator:
    """The moderator that the settings name, by default none. Raises ConfigurationError for a list that is no use."""
    words = _lines(settings.moderation_words) if settings.moderation_words else []
    if settings.fault_injection:
        words.append(MODERATION)
    return WordList(words) if words or settings.moderation_words else Permissive()


def moderate(moderator: Moderator, texts: Mapping[str, str]) -> None:
    """Judge texts by where they are in the request (JSON pointers). Raises ModerationRefused, naming all of them."""
    errors = tuple(
        FieldError(pointer, ModerationRefused.code, "This text is not accepted here.")
        for pointer, text in texts.items()
        if moderator.objects_to(text)
    )
    if errors:
        raise ModerationRefused("; ".join(f"{one.pointer}: {one.message}" for one in errors), errors=errors)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _lines(file: Path) -> list[str]:
    """One word or phrase a line; what follows `#` is a comment."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"CHOREO_MODERATION_WORDS: {error}") from error
    return [line.partition("#")[0] for line in text.splitlines()]
