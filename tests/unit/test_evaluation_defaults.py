"""Default prompts of evaluations: the clips' motion with other appearances."""

import pytest
from pydantic import ValidationError

from shared.base_models import read_base_model
from shared.evaluation_defaults import EvaluationDefaults
from shared.settings import BUNDLED_BASE

GRAMMAR = "a {colour} {shape} {motion} on a {background} background"
WORLD = EvaluationDefaults(
    captions=GRAMMAR, prompts=["a blue ring {motion} on a teal background", "a red ring {motion} on a gray background"]
)


def test_a_held_out_prompt_has_the_motion_and_another_appearance():
    captions = ["a red circle moving up left on a black background"] * 2
    assert WORLD.held_out_prompts(captions, 3) == ["a blue ring moving up left on a teal background"]


@pytest.mark.parametrize(
    "captions",
    [
        ["a cup turning"],
        ["a red circle orbiting on a black background", "a red circle swinging on a black background"],
        ["a red ring orbiting on a teal background"],
    ],
    ids=["not of the grammar", "two motions", "nothing is left"],
)
def test_else_the_captions_themselves(captions: list[str]):
    assert WORLD.held_out_prompts([*captions, *captions], 3) == captions
    assert WORLD.held_out_prompts([*captions, *captions], 1) == captions[:1]


def test_the_bundled_base_has_three_prompts_for_every_subject():
    defaults = read_base_model("world", BUNDLED_BASE).evaluation_defaults
    words = [prompt.split() for prompt in defaults.prompts]
    for colour in {word[1] for word in words}:
        for shape in {word[2] for word in words}:
            for background in {word[-2] for word in words}:
                caption = f"a {colour} {shape} orbiting on a {background} background"
                found = defaults.held_out_prompts([caption], 3)
                assert len(found) == 3
                assert not {colour, shape, background} & {word for prompt in found for word in prompt.split()}


@pytest.mark.parametrize("captions", ["a {colour} {shape}", "{motion} {motion}"])
def test_a_grammar_names_the_motion_once(captions: str):
    with pytest.raises(ValidationError):
        EvaluationDefaults(captions=captions)
