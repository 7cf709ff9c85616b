"""The word list: whole words and phrases, however they are written."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.moderation import ModerationRefused, Permissive, WordList, moderate, open_moderator
from shared.errors import ConfigurationError, Invalid
from shared.fault_injection import MODERATION
from shared.schemas.account import KeyCreate, TenantCreate
from shared.schemas.clip import ClipCreate
from shared.schemas.concept import ConceptCreate, ConceptPatch
from shared.settings import Settings


@pytest.mark.parametrize(
    "text", ["a Bad thing", "BAD", "(bad)", "\uff42\uff41\uff44", "very  large\n SECRET", "bad-tempered"]
)
def test_what_is_refused(text: str):
    assert WordList(["bad", "large secret", " "]).refuses(text)


@pytest.mark.parametrize("text", ["badge", "forbad", "large", "secret large", "", "l.arge secret"])
def test_what_is_not(text: str):
    assert not WordList(["bad", "large secret"]).refuses(text)


def test_everything_wrong_is_pointed_at():
    with pytest.raises(ModerationRefused) as refused:
        moderate(WordList(["bad"]), {"/prompt": "bad", "/negative_prompt": "good", "/clips/0/caption": "a bad one"})
    assert [error.pointer for error in refused.value.errors] == ["/prompt", "/clips/0/caption"]
    moderate(Permissive(), {"/prompt": "bad"})


@pytest.mark.parametrize(
    "text", ["\u200b", "\u2060\ufeff", "\u00ad \u00a0", "\u3164", "\u2800", "\ufe0f", "\U000e0041", "\u202e"]
)
def test_a_text_without_a_visible_character_is_as_good_as_none(text: str):
    texts = {"/clips/0/caption": f" {text}", "/prompt": f"{text}a", "/negative_prompt": "", "/prompts/1": text}
    with pytest.raises(Invalid) as refused:
        moderate(Permissive(), texts)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/clips/0/caption", "blank"),
        ("/prompts/1", "blank"),
    ]
    for request, field in (
        (ConceptCreate, "name"),
        (ConceptPatch, "name"),
        (TenantCreate, "name"),
        (KeyCreate, "name"),
    ):
        with pytest.raises(ValidationError, match="no visible character"):
            request.model_validate({field: text, "scopes": ["read"]} if request is KeyCreate else {field: text})
    with pytest.raises(ValidationError, match="no visible character"):
        ClipCreate.model_validate({"file_name": text, "size_bytes": 1, "sha256": "0" * 64})


@pytest.mark.parametrize("text", ["a", "\u00e9", "\u0301", "\U0001f3a5", "\u200b\u5b57", "!"])
def test_a_text_with_a_visible_character_is_one(text: str):
    moderate(Permissive(), {"/prompt": text})
    assert ConceptCreate.model_validate({"name": text}).name == text


def test_it_is_off_until_an_operator_names_a_list(tmp_path: Path):
    assert isinstance(open_moderator(Settings()), Permissive)
    words = tmp_path / "words"
    words.write_text("# ours\nbad # why\n\n")
    chosen = open_moderator(Settings(moderation_words=words))
    assert (chosen.refuses("a bad ball"), chosen.refuses("why"), chosen.refuses("ours")) == (
        True,
        False,
        False,
    )
    words.write_text("# nothing\n")
    for file in (words, tmp_path / "none"):
        with pytest.raises(ConfigurationError):
            open_moderator(Settings(moderation_words=file))
    assert open_moderator(Settings(fault_injection=True)).refuses(MODERATION)
