from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.vocabulary_terms import VocabularyTerms


T = TypeVar("T", bound="Vocabulary")


@_attrs_define
class Vocabulary:
    """What a base model can draw: the words of the captions that it was trained on.

    Words are compared in lower case and without punctuation. No word is ignored: the bundled base model draws yellow
    circles when a prompt says "an orange square", which has "an" in the place of "a".

        Attributes:
            grammar (str): The form of its captions, with the names of `terms` in braces: "a {colour} {shape} {motion}".
            terms (VocabularyTerms): The words or phrases that may stand for each name in braces.
    """

    grammar: str
    terms: VocabularyTerms

    def to_dict(self) -> dict[str, Any]:
        grammar = self.grammar

        terms = self.terms.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "grammar": grammar,
                "terms": terms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.vocabulary_terms import VocabularyTerms  # noqa: PLC0415

        d = dict(src_dict)
        grammar = d.pop("grammar")

        terms = VocabularyTerms.from_dict(d.pop("terms"))

        vocabulary = cls(
            grammar=grammar,
            terms=terms,
        )

        return vocabulary
