"""Warnings of a new job: words of its texts that its base model was not trained on."""

from collections.abc import Sequence
from typing import Any

from services.concepts.versions import get_version
from services.db.sessions import ReadSession
from services.db.tables import JobRow
from shared.base_models import BaseModelInfo
from shared.schemas.generation import ConceptVersionRef, GenerationSpec
from shared.schemas.job import Spec
from shared.schemas.preview import PreviewSpec
from shared.schemas.submission import JobWarning
from shared.schemas.training import TrainingSpec
from shared.vocabulary import Vocabulary

CAPTION = "caption_outside_vocabulary"
PROMPT = "prompt_outside_vocabulary"
_PREVIEWS = "/previews/"


def warnings_of(session: ReadSession, tenant_id: str, spec: Spec, base: BaseModelInfo) -> list[JobWarning]:
    """The warnings of a job with this spec; empty for a base model without a vocabulary."""
    if base.vocabulary is None:
        return []
    if isinstance(spec, TrainingSpec):
        return _training_warnings(spec, base.id, base.vocabulary)
    prompts = {"/prompt": spec.prompt} if isinstance(spec, GenerationSpec) else _indexed("/prompts", spec.prompts)
    return _prompt_warnings(prompts, base.id, base.vocabulary, _captions(session, tenant_id, spec.concept))


def preview_warnings(spec: TrainingSpec, preview: PreviewSpec, number: int, base: BaseModelInfo) -> list[JobWarning]:
    """The warnings of preview `number`, counted from 1, of the training `spec`."""
    if base.vocabulary is None:
        return []
    captions = [clip.caption for clip in spec.clips]
    return _prompt_warnings({f"{_PREVIEWS}{number - 1}/prompt": preview.prompt}, base.id, base.vocabulary, captions)


def copied_warnings(job: JobRow) -> list[Any] | None:
    """The stored warnings that a retry or a promotion of the job has too: all but those of its previews."""
    return job.warnings and [warning for warning in job.warnings if not warning["pointer"].startswith(_PREVIEWS)]


def _captions(session: ReadSession, tenant_id: str, concept: ConceptVersionRef | None) -> list[str]:
    """The training captions of the concept version; empty without a concept."""
    if concept is None:
        return []
    return [str(clip["caption"]) for clip in get_version(session, tenant_id, concept.concept_id, concept.version).clips]


def _training_warnings(spec: TrainingSpec, base_id: str, vocabulary: Vocabulary) -> list[JobWarning]:
    captions = [clip.caption for clip in spec.clips]
    found = [
        _warning(CAPTION, base_id, vocabulary, unknown, f"/clips/{captions.index(caption)}/caption")
        for caption in dict.fromkeys(captions)
        if (unknown := vocabulary.unknown_in_caption(caption))
    ]
    prompts = _indexed("/evaluation_prompts", spec.evaluation.prompts) if spec.evaluation else {}
    return found + _prompt_warnings(prompts, base_id, vocabulary, captions)


def _prompt_warnings(
    prompts: dict[str, str], base_id: str, vocabulary: Vocabulary, captions: Sequence[str]
) -> list[JobWarning]:
    """The warnings of prompts by pointer. `captions` are those of the concept that generates them."""
    return [
        _warning(PROMPT, base_id, vocabulary, unknown, pointer)
        for pointer, prompt in prompts.items()
        if (unknown := vocabulary.unknown_in_prompt(prompt, captions))
    ]


def _indexed(pointer: str, prompts: Sequence[str]) -> dict[str, str]:
    return {f"{pointer}/{index}": prompt for index, prompt in enumerate(prompts)}


def _warning(code: str, base_id: str, vocabulary: Vocabulary, unknown: Sequence[str], pointer: str) -> JobWarning:
    words = ", ".join(f'"{word}"' for word in unknown)
    known = ", ".join(f"{name} ({', '.join(phrases)})" for name, phrases in vocabulary.terms.items())
    message = (
        f"The base model {base_id} was not trained on {words}, so the videos may show something else. "
        f"It knows: {known}."
    )
    if code == CAPTION:
        message += f' A new motion may have any name in a caption of the form "{vocabulary.grammar}".'
    return JobWarning(code=code, message=message, pointer=pointer)
