"""Resolves a request into a spec: fills in every default, checks every limit, reports all errors at once."""

import secrets
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select

from services.concepts.versions import files_of, resolve
from services.db.sessions import ReadSession
from services.db.tables import ClipRow, ConceptRow, VersionRow
from shared.base_models import BaseModelInfo, find
from shared.errors import FieldError, Invalid
from shared.schemas.clip import ClipState
from shared.schemas.common import MIN_FRAME_RATE
from shared.schemas.evaluation import DEFAULT_SAMPLES, MAX_VIDEOS, EvaluationRequest, EvaluationSettings, EvaluationSpec
from shared.schemas.generation import (
    MAX_LCM_STEPS,
    ConceptVersionRef,
    GenerationRequest,
    GenerationSpec,
    Rendering,
    RenderingRequest,
)
from shared.schemas.job import Spec
from shared.schemas.preview import PreviewRequest, PreviewSpec
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingRecipe, TrainingRequest, TrainingSpec

INVERTED_NOISE = "inverted_noise.safetensors"
GREATEST = {"alpha": 1024.0, "learning_rate": 0.1, "weight_decay": 10.0}
"""Upper bounds of a request's hyperparameters. Base models may have others as their defaults."""
NUM_DEFAULT_PROMPTS = 3
"""Number of evaluation prompts when the request names none; a training generates one clip for each."""

Catalogue = dict[str, BaseModelInfo]
NewSeed = Callable[[], int]
JobRequest = TrainingRequest | GenerationRequest | EvaluationRequest


def new_seed() -> int:
    """A random seed, 0 to 2**32 - 1."""
    return secrets.randbelow(2**32)


def resolve_spec(
    session: ReadSession, tenant_id: str, request: JobRequest, catalogue: Catalogue, seed: NewSeed = new_seed
) -> Spec:
    """The spec that a request's job runs. Raises Invalid when it names something unknown or a limit is exceeded."""
    match request:
        case TrainingRequest():
            return _training_spec(session, tenant_id, request, catalogue, seed)
        case GenerationRequest():
            return _generation_spec(session, tenant_id, request, catalogue, seed)
        case EvaluationRequest():
            return _evaluation_spec(session, tenant_id, request, catalogue, seed)


def _training_spec(
    session: ReadSession, tenant_id: str, request: TrainingRequest, catalogue: Catalogue, seed: NewSeed
) -> TrainingSpec:
    _check_concept(session, tenant_id, request.concept)
    _check_clips(session, tenant_id, request)
    base = find(catalogue, request.base_model)
    given = request.recipe.model_dump(exclude_none=True)
    _check_highway(given["highway"], base, "/recipe/highway/mode")
    defaults = base.training_with(given.get("preset"))
    values = defaults | given | {"highway": defaults["highway"] | given["highway"]}
    values.setdefault("alpha", float(values["rank"]))
    values.setdefault("seed", seed())
    _check_spatial_path(values, base)
    _check_limits(values, base, "/recipe")
    _check_bounds(given)
    try:
        recipe = TrainingRecipe.model_validate(values)
    except ValidationError as error:
        raise _invalid(error, "/recipe") from error
    return TrainingSpec(
        concept_id=request.concept,
        base_model=base.id,
        clips=request.clips,
        recipe=recipe,
        evaluation=_post_training_evaluation(request, base, recipe),
    )


def _generation_spec(
    session: ReadSession, tenant_id: str, request: GenerationRequest, catalogue: Catalogue, seed: NewSeed
) -> GenerationSpec:
    version = resolve(session, tenant_id, request.concept) if request.concept else None
    base = _base_of(version, request, catalogue)
    values = _rendering(request, base, version)
    values.setdefault("seed", seed())
    reference = ConceptVersionRef(concept_id=version.concept_id, version=version.version) if version else None
    return GenerationSpec.model_validate(values | {"base_model": base.id, "concept": reference})


def _evaluation_spec(
    session: ReadSession, tenant_id: str, request: EvaluationRequest, catalogue: Catalogue, seed: NewSeed
) -> EvaluationSpec:
    version = resolve(session, tenant_id, request.concept)
    base = find(catalogue, version.base_model, "/concept")
    captions = [str(clip["caption"]) for clip in version.clips]
    samples = {
        "prompts": request.prompts or base.evaluation_defaults.held_out_prompts(captions, NUM_DEFAULT_PROMPTS),
        "seeds": request.seeds or _consecutive_seeds(request.samples or DEFAULT_SAMPLES, seed),
    }
    if len(samples["prompts"]) * len(samples["seeds"]) > MAX_VIDEOS:
        raise Invalid.at("/seeds", "too_many_clips", f"prompts times seeds is at most {MAX_VIDEOS}")
    reference = ConceptVersionRef(concept_id=version.concept_id, version=version.version)
    values = _rendering_fields(_rendering(request, base, version))
    return EvaluationSpec.model_validate(values | samples | {"base_model": base.id, "concept": reference})


def _post_training_evaluation(
    request: TrainingRequest, base: BaseModelInfo, recipe: TrainingRecipe
) -> EvaluationSettings | None:
    """The evaluation at the end of a training, with the base model's generation defaults; None when disabled."""
    if not request.evaluate:
        if request.evaluation_prompts:
            raise Invalid.at("/evaluation_prompts", "not_evaluated", "evaluate is false")
        return None
    captions = [clip.caption for clip in request.clips]
    prompts = request.evaluation_prompts or base.evaluation_defaults.held_out_prompts(captions, NUM_DEFAULT_PROMPTS)
    prior = base.generation["noise_prior"] if recipe.save_inverted_noise else 0.0
    own = {"prompts": prompts, "seeds": [recipe.seed], "noise_prior": prior}
    highway = _highway({}, base, has_adapter=True)
    return EvaluationSettings.model_validate(_rendering_fields(base.generation) | own | {"highway": highway})


def preview_spec(spec: TrainingSpec, request: PreviewRequest, catalogue: Catalogue) -> PreviewSpec:
    """The spec of a preview of a running training, rendered like its evaluation. Raises Invalid."""
    base = find(catalogue, spec.base_model, "/prompt")
    evaluation = spec.evaluation
    if evaluation is None:
        prompts = base.evaluation_defaults.held_out_prompts([clip.caption for clip in spec.clips], 1)
        rendering = _rendering_fields(base.generation) | {"highway": _highway({}, base, has_adapter=True)}
    else:
        prompts, rendering = evaluation.prompts, _rendering_fields(evaluation.model_dump())
    own = {"prompt": request.prompt or prompts[0], "seed": spec.recipe.seed if request.seed is None else request.seed}
    without_noise = {"noise_prior": 0.0}  # the inverted noise of the clips is computed at the end of the training
    return PreviewSpec.model_validate(rendering | own | without_noise)


def _check_bounds(given: dict[str, Any]) -> None:
    """Raises Invalid for hyperparameters of a request with which no training converges; the document allows more."""
    errors = tuple(
        FieldError(f"/recipe/{name}", "out_of_limits", f"{name} is at most {most:g}")
        for name, most in GREATEST.items()
        if given.get(name, 0) > most
    )
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=errors)


def _check_concept(session: ReadSession, tenant_id: str, concept_id: str) -> None:
    concept = session.get(ConceptRow, concept_id)
    if concept is None or concept.tenant_id != tenant_id:
        raise Invalid.at("/concept", "concept_not_found", f"no concept {concept_id}")


def _check_clips(session: ReadSession, tenant_id: str, request: TrainingRequest) -> None:
    wanted = [clip.clip_id for clip in request.clips]
    query = select(ClipRow.id, ClipRow.state).where(ClipRow.tenant_id == tenant_id, ClipRow.id.in_(wanted))
    states = {row.id: row.state for row in session.rows(query)}
    errors: list[FieldError] = []
    for index, clip_id in enumerate(wanted):
        pointer, state = f"/clips/{index}/clip_id", states.get(clip_id)
        if state is None:
            errors.append(FieldError(pointer, "clip_not_found", f"no clip {clip_id}"))
        elif state != ClipState.READY:
            errors.append(FieldError(pointer, "clip_not_ready", f"{clip_id} is {state}"))
    if errors:
        raise Invalid("; ".join(error.message for error in errors), errors=tuple(errors))


def _consecutive_seeds(number: int, seed: NewSeed) -> list[int]:
    """Consecutive seeds that start at a random one."""
    first = seed()
    return [(first + index) % 2**32 for index in range(number)]


def _rendering_fields(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in Rendering.model_fields}


def _rendering(request: RenderingRequest, base: BaseModelInfo, version: VersionRow | None) -> dict[str, Any]:
    """The request's values over the base model's defaults. Raises Invalid for what the base model does not support."""
    given = request.model_dump(exclude_none=True, exclude={*Submission.model_fields, "concept", "base_model"})
    values = base.generation | given
    values["highway"] = _highway(given["highway"], base, has_adapter=version is not None)
    values["noise_prior"] = _noise_prior(given.get("noise_prior"), base, version)
    _check_scheduler(values, base)
    _check_limits(values, base, "")
    return values


def _base_of(version: VersionRow | None, request: GenerationRequest, catalogue: Catalogue) -> BaseModelInfo:
    if version is None:
        return find(catalogue, request.base_model)
    if request.base_model not in (None, version.base_model):
        message = f"the concept was trained on {version.base_model!r}; leave base_model out"
        raise Invalid.at("/base_model", "base_model_mismatch", message)
    return find(catalogue, version.base_model, "/concept")


def _highway(given: dict[str, Any], base: BaseModelInfo, *, has_adapter: bool) -> dict[str, Any]:
    """The highway of a rendering. The base model's default applies with an adapter; without one the default is off."""
    _check_highway(given, base, "/highway/mode")
    default: dict[str, Any] = base.generation["highway"]
    if not has_adapter or not base.family_info.supports_highway:
        default = default | {"mode": "off"}
    return default | given


def _check_highway(given: dict[str, Any], base: BaseModelInfo, pointer: str) -> None:
    """Raises Invalid for a highway that the family does not support."""
    if given.get("mode", "off") != "off" and not base.family_info.supports_highway:
        message = f"{base.family} has no U-Net skips, so the Appearance Highway does not apply"
        raise Invalid.at(pointer, "highway_unsupported", message)


def _noise_prior(given: float | None, base: BaseModelInfo, version: VersionRow | None) -> float:
    has_noise = version is not None and any(file.name == INVERTED_NOISE for file in files_of(version))
    if given is None:
        return float(base.generation["noise_prior"]) if has_noise else 0.0
    if given > 0 and not has_noise:
        message = "no inverted noise: train the concept with save_inverted_noise"
        raise Invalid.at("/noise_prior", "no_inverted_noise", message)
    return given


def _check_spatial_path(values: dict[str, Any], base: BaseModelInfo) -> None:
    if values["spatial_path"] != "none" and not base.family_info.supports_spatial_path:
        message = f"no layer of {base.family} attends within a single frame, so it has no spatial path"
        raise Invalid.at("/recipe/spatial_path", "spatial_path_unsupported", message)


def _check_scheduler(values: dict[str, Any], base: BaseModelInfo) -> None:
    supported = base.family_info.samplers
    if values["scheduler"] not in supported:
        message = f"{base.id} supports {', '.join(supported)}"
        raise Invalid.at("/scheduler", "scheduler_unsupported", message)
    if values["scheduler"] == "lcm" and values["steps"] > MAX_LCM_STEPS:
        raise Invalid.at("/steps", "out_of_limits", f"the scheduler lcm takes at most {MAX_LCM_STEPS} steps")


def _check_limits(values: dict[str, Any], base: BaseModelInfo, pointer: str) -> None:
    bounds = {"num_frames": base.limits.frames, "height": base.limits.size, "width": base.limits.size}
    errors = tuple(
        FieldError(f"{pointer}/{name}", "out_of_limits", f"{base.id} supports {allowed}")
        for name, allowed in bounds.items()
        if not allowed.accepts(values[name])
    )
    if values["fps"] < MIN_FRAME_RATE:
        errors += (
            FieldError(f"{pointer}/fps", "out_of_limits", f"a video has at least {MIN_FRAME_RATE} frames a second"),
        )
    if errors:
        raise Invalid("; ".join(f"{error.pointer}: {error.message}" for error in errors), errors=errors)


def _invalid(error: ValidationError, pointer: str) -> Invalid:
    errors = tuple(
        FieldError("/".join([pointer, *map(str, one["loc"])]), one["type"], one["msg"]) for one in error.errors()
    )
    return Invalid("; ".join(one.message for one in errors), errors=errors)
