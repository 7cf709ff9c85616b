"""The vocabulary of a base model: the form of its training captions, and the words that they use."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.common import Schema

MOTION = "motion"
_NAME = re.compile(r"{(\w+)}")
_WORD = re.compile(r"\w+")
Grammar = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\{motion\}")]
"""The form of captions, with names in braces: "a {colour} {shape} {motion} on a {background} background"."""


def names_in(grammar: str) -> list[str]:
    """The names in braces, in their order."""
    return _NAME.findall(grammar)


def parse_caption(grammar: str, caption: str) -> Mapping[str, str] | None:
    """The text for each name of the grammar; None when the caption does not have the grammar's form."""
    pieces = _NAME.split(grammar)
    pattern = "".join(f"(?P<{piece}>.+?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
    found = re.fullmatch(pattern, caption)
    return found.groupdict() if found else None


class Vocabulary(Schema):
    """What a base model can draw: the words of the captions that it was trained on.

    Words are compared in lower case and without punctuation. No word is ignored: the bundled base model draws yellow
    circles when a prompt says "an orange square", which has "an" in the place of "a".
    """

    grammar: Grammar = Field(
        examples=["a {colour} {shape} {motion}"],
        description='The form of its captions, with the names of `terms` in braces: "a {colour} {shape} {motion}".',
    )
    terms: dict[str, list[str]] = Field(
        examples=[{"colour": ["red", "blue"], "shape": ["circle", "ring"], "motion": ["moving left", "growing"]}],
        description="The words or phrases that may stand for each name in braces.",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        if sorted(names_in(self.grammar)) != sorted(self.terms):
            raise ValueError("terms must have one entry for each {name} of the grammar, and each name occurs once")
        return self

    def unknown_in_prompt(self, prompt: str, captions: Sequence[str] = ()) -> list[str]:
        """Words of a prompt that the base model was not trained on, each once, in the order of the prompt.

        `captions` are the training captions of the prompt's concept. The words of their motion count as known. For a
        caption that does not have the grammar's form, all its words do, because any of them may name the motion.
        """
        learned = {word for caption in captions for word in self._motion_of(caption) or _words(caption)}
        return self._unknown(prompt, learned)

    def unknown_in_caption(self, caption: str) -> list[str]:
        """Words of a training caption that the base model was not trained on, each once, in the caption's order.

        The motion is what the training adds, so its words count as known where the caption has the grammar's form.
        """
        return self._unknown(caption, self._motion_of(caption) or ())

    def _unknown(self, text: str, also: Iterable[str]) -> list[str]:
        phrases = [_NAME.sub(" ", self.grammar), *(phrase for phrases in self.terms.values() for phrase in phrases)]
        known = {word for phrase in phrases for word in _words(phrase)}.union(also)
        return list(dict.fromkeys(word for word in _words(text) if word not in known))

    def _motion_of(self, caption: str) -> list[str] | None:
        """The words of a caption's motion; None when the caption does not have the grammar's form."""
        parts = parse_caption(self.grammar, " ".join(_words(caption)))
        return _words(parts[MOTION]) if parts else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
