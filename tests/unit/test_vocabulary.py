"""The vocabulary of a base model: which words of prompts and captions it does not know."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.base_models import read_base_model
from shared.errors import ConfigurationError
from shared.vocabulary import Vocabulary
from tests.vocabulary_cases import CAPTIONS, GRAMMAR, PROMPTS, TERMS

VOCABULARY = Vocabulary(grammar=GRAMMAR, terms=TERMS)


@pytest.mark.parametrize(("prompt", "learned", "unknown"), PROMPTS)
def test_unknown_words_of_a_prompt(prompt: str, learned: list[str], unknown: list[str]):
    assert VOCABULARY.unknown_in_prompt(prompt, learned) == unknown


@pytest.mark.parametrize(("caption", "unknown"), CAPTIONS)
def test_unknown_words_of_a_caption(caption: str, unknown: list[str]):
    assert VOCABULARY.unknown_in_caption(caption) == unknown


@pytest.mark.parametrize("grammar", ["a {colour} {motion}", "{motion} {motion}", "a cat"])
def test_terms_belong_to_the_names_of_the_grammar(grammar: str):
    with pytest.raises(ValidationError):
        Vocabulary(grammar=grammar, terms={"motion": ["growing"]})


def test_a_card_has_one_grammar(tmp_path: Path):
    card = {"vocabulary": {"grammar": GRAMMAR, "terms": TERMS}, "evaluation_defaults": {"captions": "a {motion}"}}
    (tmp_path / "choreo.json").write_text(json.dumps(card))
    with pytest.raises(ConfigurationError, match="differ"):
        read_base_model("tiny", tmp_path)
