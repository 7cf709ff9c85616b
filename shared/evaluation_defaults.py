"""How a base model likes to be evaluated: prompts that show a motion with looks other than the clips'."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from shared.schemas.common import Schema

MOTION = "motion"
_NAME = re.compile(r"{(\w+)}")
Grammar = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\{motion\}")]


class EvaluationDefaults(Schema):
    """Part of a base model's `choreo.json`."""

    captions: Grammar | None = Field(
        default=None, description='How captions are built: "a {colour} {shape} {motion} on a {background} background".'
    )
    prompts: list[Grammar] = Field(default=[], max_length=64, description="Prompts with `{motion}` in them.")
    exact: bool = Field(default=False, description="Its clips are of the bundled world and are measured exactly.")

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = _NAME.findall(self.captions or "")
        if len(set(names)) < len(names):
            raise ValueError("each {name} may stand once in captions")
        return self

    def held_out(self, captions: Sequence[str], most: int) -> list[str]:
        """Up to `most` prompts with the captions' motion, none of which repeats anything else that a caption names.

        The captions themselves, each once, when they don't follow the grammar or no prompt is left.
        """
        read = [self._read(caption) for caption in captions]
        parts = [part for part in read if part is not None]
        if len(parts) < len(captions) or len({part[MOTION] for part in parts}) != 1:
            return list(dict.fromkeys(captions))[:most]
        seen = {value for part in parts for name, value in part.items() if name != MOTION}
        fresh = [prompt for prompt in self.prompts if not any(f" {value} " in f" {prompt} " for value in seen)]
        filled = [prompt.replace(f"{{{MOTION}}}", parts[0][MOTION]) for prompt in fresh]
        return (filled or list(dict.fromkeys(captions)))[:most]

    def _read(self, caption: str) -> Mapping[str, str] | None:
        """What a caption names, by the grammar's words; None when it is not built so."""
        if self.captions is None:
            return None
        pieces = _NAME.split(self.captions)
        pattern = "".join(f"(?P<{piece}>.+?)" if index % 2 else re.escape(piece) for index, piece in enumerate(pieces))
        found = re.fullmatch(pattern, caption)
        return found.groupdict() if found else None
