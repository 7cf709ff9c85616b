"""A base model's default prompts for evaluations: they show a motion with other appearances than its clips."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, model_validator

from shared.schemas.common import Schema
from shared.vocabulary import MOTION, Grammar, names_in, parse_caption


class EvaluationDefaults(Schema):
    """`evaluation_defaults` of a base model's `choreo.json`."""

    captions: Grammar | None = Field(
        default=None,
        description='Template of captions, for example "a {colour} {shape} {motion} on a {background} background".',
    )
    prompts: list[Grammar] = Field(default=[], max_length=64, description="Templates of prompts, each with `{motion}`.")
    exact: bool = Field(
        default=False,
        description="Whether videos show the bundled world, so that their attributes are measured exactly.",
    )

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = names_in(self.captions or "")
        if len(set(names)) < len(names):
            raise ValueError("each {name} may occur once in captions")
        return self

    def held_out_prompts(self, captions: Sequence[str], limit: int) -> list[str]:
        """Up to `limit` prompts with the captions' motion and without any other value that occurs in a caption.

        Returns the distinct captions if they do not match the template or if no prompt is left.
        """
        read = [parse_caption(self.captions, caption) if self.captions else None for caption in captions]
        parts = [part for part in read if part is not None]
        if len(parts) < len(captions) or len({part[MOTION] for part in parts}) != 1:
            return list(dict.fromkeys(captions))[:limit]
        seen = {value for part in parts for name, value in part.items() if name != MOTION}
        fresh = [prompt for prompt in self.prompts if not any(f" {value} " in f" {prompt} " for value in seen)]
        filled = [prompt.replace(f"{{{MOTION}}}", parts[0][MOTION]) for prompt in fresh]
        return (filled or list(dict.fromkeys(captions)))[:limit]
