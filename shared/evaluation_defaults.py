"""A base model's default prompts for evaluations: they show a motion with other appearances than its clips."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.common import Schema

MOTION = "motion"
_NAME = re.compile(r"{(\w+)}")
PromptTemplate = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\{motion\}")]


class EvaluationDefaults(Schema):
    """`evaluation_defaults` of a base model's `choreo.json`."""

    captions: PromptTemplate | None = Field(
        default=None,
        description='Template of captions, for example "a {colour} {shape} {motion} on a {background} background".',
    )
    prompts: list[PromptTemplate] = Field(
        default=[], max_length=64, description="Templates of prompts, each with `{motion}`."
    )
    exact: bool = Field(
        default=False,
        description="Whether videos show the bundled world, so that their attributes are measured exactly.",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = _NAME.findall(self.captions or "")
        if len(set(names)) < len(names):
            raise ValueError("each {name} may occur once in captions")
        return self

    def held_out_prompts(self, captions: Sequence[str], limit: int) -> list[str]:
        """Up to `limit` prompts with the captions' motion and without any other value that occurs in a caption.

        Returns the distinct captions if they do not match the template or if no prompt is left.
        """
        parsed = [self._parse(caption) for caption in captions]
        parts = [part for part in parsed if part is not None]
        if len(parts) < len(captions) or len({part[MOTION] for part in parts}) != 1:
            return list(dict.fromkeys(captions))[:limit]
        seen = {value for part in parts for name, value in part.items() if name != MOTION}
        unseen = [prompt for prompt in self.prompts if not any(f" {value} " in f" {prompt} " for value in seen)]
        filled = [prompt.replace(f"{{{MOTION}}}", parts[0][MOTION]) for prompt in unseen]
        return (filled or list(dict.fromkeys(captions)))[:limit]

    def _parse(self, caption: str) -> Mapping[str, str] | None:
        """The caption's values by the names in the template; None if it does not match."""
        if self.captions is None:
            return None
        pieces = _NAME.split(self.captions)
        pattern = "".join(f"(?P<{piece}>.+?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
        found = re.fullmatch(pattern, caption)
        return found.groupdict() if found else None
