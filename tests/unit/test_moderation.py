"""The word list: whole words and phrases, however they are written."""

from pathlib import Path

import pytest

from services.moderation import ModerationRefused, Permissive, WordList, moderate, open_moderator
from shared.errors import ConfigurationError
from shared.fault_injection import MODERATION
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
