from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

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
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        grammar = self.grammar

        terms = self.terms.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
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

        d = {**src_dict}
        grammar = d.pop("grammar")
        if not isinstance(grammar, str):
            raise TypeError(f"grammar is {type(grammar).__name__}")

        terms = VocabularyTerms.from_dict(d.pop("terms"))

        vocabulary = cls(
            grammar=grammar,
            terms=terms,
        )

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional = prop_dict
            additional_properties[prop_name] = additional

        vocabulary.additional_properties = additional_properties
        return vocabulary

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
