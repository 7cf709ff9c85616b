"""From what is asked for to what is run: every default filled in, every limit checked, all complaints at once."""

import secrets
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from services.concepts.versions import files_of, resolve
from services.db.sessions import ReadSession
from services.db.tables import VersionRow
from shared.base_models import BaseModelInfo, find
from shared.errors import FieldError, Invalid
from shared.schemas.evaluation import MOST_CLIPS, SAMPLES, EvaluationRequest, EvaluationSpec, Trial
from shared.schemas.generation import (
    ConceptVersionRef,
    GenerationRequest,
    GenerationSpec,
    Rendering,
    RenderingRequest,
)
from shared.schemas.highway import HighwayRequest
from shared.schemas.preview import PreviewRequest, PreviewSpec
from shared.schemas.submission import Submission
from shared.schemas.training import TrainingRecipe, TrainingRequest, TrainingSpec

INVERTED_NOISE = "inverted_noise.safetensors"
MOST_PROMPTS_OF_ITS_OWN = 3
"""How many prompts are evaluated that nobody asked for; a training performs each of them once."""

Catalogue = dict[str, BaseModelInfo]
NewSeed = Callable[[], int]


def new_seed() -> int:
    """A seed nobody chose."""
    return secrets.randbelow(2**32)


def training_spec(request: TrainingRequest, catalogue: Catalogue, seed: NewSeed = new_seed) -> TrainingSpec:
    """Raises Invalid when the base model is unknown or the recipe is beyond its limits."""
    base = find(catalogue, request.base_model)
    defaults = base.training_with(request.recipe.preset)
    values = defaults | request.recipe.model_dump(exclude_none=True, exclude={"highway"})
    values["highway"] = defaults["highway"] | _highway_stated(request.recipe.highway, base, "/recipe/highway/mode")
    values.setdefault("alpha", float(values["rank"]))
    values.setdefault("seed", seed())
    _check_spatial_path(values, base)
    _check_limits(values, base, "/recipe")
    try:
        recipe = TrainingRecipe.model_validate(values)
    except ValidationError as error:
        raise _invalid(error, "/recipe") from error
    return TrainingSpec(
        concept_id=request.concept,
        base_model=base.id,
        clips=request.clips,
        recipe=recipe,
        evaluation=_evaluation(request, base, recipe),
    )


def generation_spec(
    session: ReadSession, tenant_id: str, request: GenerationRequest, catalogue: Catalogue, seed: NewSeed = new_seed
) -> GenerationSpec:
    """Raises Invalid when the concept or base model is unknown, they disagree, or a limit is passed."""
    version = resolve(session, tenant_id, request.concept) if request.concept else None
    base = _base_of(version, request, catalogue)
    values = _rendering(request, base, version)
    values.setdefault("seed", seed())
    reference = ConceptVersionRef(concept_id=version.concept_id, version=version.version) if version else None
    return GenerationSpec.model_validate(values | {"base_model": base.id, "concept": reference})


def evaluation_spec(
    session: ReadSession, tenant_id: str, request: EvaluationRequest, catalogue: Catalogue, seed: NewSeed = new_seed
) -> EvaluationSpec:
    """Raises Invalid when the concept or its base model is unknown, or a limit is passed."""
    version = resolve(session, tenant_id, request.concept)
    base = find(catalogue, version.base_model, "/concept")
    captions = [str(clip["caption"]) for clip in version.clips]
    asked = {
        "prompts": request.prompts or base.evaluation_defaults.held_out(captions, MOST_PROMPTS_OF_ITS_OWN),
        "seeds": request.seeds or _draw(request.samples or SAMPLES, seed),
    }
    if len(asked["prompts"]) * len(asked["seeds"]) > MOST_CLIPS:
        raise Invalid.at("/seeds", "too_many_clips", f"prompts times seeds is at most {MOST_CLIPS}")
    reference = ConceptVersionRef(concept_id=version.concept_id, version=version.version)
    values = _rendered(_rendering(request, base, version))
    return EvaluationSpec.model_validate(values | asked | {"base_model": base.id, "concept": reference})


def _evaluation(request: TrainingRequest, base: BaseModelInfo, recipe: TrainingRecipe) -> Trial | None:
    """What a training performs at its end, rendered as generations are by default; None if it was told not to."""
    if not request.evaluate:
        if request.evaluation_prompts:
            raise Invalid.at("/evaluation_prompts", "not_evaluated", "evaluate is false")
        return None
    captions = [clip.caption for clip in request.clips]
    prompts = request.evaluation_prompts or base.evaluation_defaults.held_out(captions, MOST_PROMPTS_OF_ITS_OWN)
    prior = base.generation["noise_prior"] if recipe.save_inverted_noise else 0.0
    own = {"prompts": prompts, "seeds": [recipe.seed], "noise_prior": prior}
    highway = _highway(HighwayRequest(), base, adapted=True)
    return Trial.model_validate(_rendered(base.generation) | own | {"highway": highway})


def preview_spec(spec: TrainingSpec, request: PreviewRequest, catalogue: Catalogue) -> PreviewSpec:
    """What a running training performs when it is asked to, as it would at its end. Raises Invalid."""
    base = find(catalogue, spec.base_model, "/prompt")
    trial = spec.evaluation
    if trial is None:
        prompts = base.evaluation_defaults.held_out([clip.caption for clip in spec.clips], 1)
        rendering = _rendered(base.generation) | {"highway": _highway(HighwayRequest(), base, adapted=True)}
    else:
        prompts, rendering = trial.prompts, _rendered(trial.model_dump())
    own = {"prompt": request.prompt or prompts[0], "seed": spec.recipe.seed if request.seed is None else request.seed}
    without_noise = {"noise_prior": 0.0}  # the clips' inverted noise is made at the end
    return PreviewSpec.model_validate(rendering | own | without_noise)


def _draw(number: int, seed: NewSeed) -> list[int]:
    """Different seeds: those that follow a drawn one."""
    first = seed()
    return [(first + index) % 2**32 for index in range(number)]


def _rendered(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in Rendering.model_fields}


def _rendering(request: RenderingRequest, base: BaseModelInfo, version: VersionRow | None) -> dict[str, Any]:
    """What is asked for and the base model's defaults for the rest. Raises Invalid for what the base does not do."""
    values = base.generation | _stated(request)
    values["highway"] = _highway(request.highway, base, adapted=version is not None)
    values["noise_prior"] = _noise_prior(request, base, version)
    _check_scheduler(values, base)
    _check_limits(values, base, "")
    return values


def _stated(request: RenderingRequest) -> dict[str, Any]:
    aside = {*Submission.model_fields, "concept", "base_model", "highway", "noise_prior"}
    return request.model_dump(exclude_none=True, exclude=aside)


def _base_of(version: VersionRow | None, request: GenerationRequest, catalogue: Catalogue) -> BaseModelInfo:
    if version is None:
        return find(catalogue, request.base_model)
    if request.base_model not in (None, version.base_model):
        message = f"the concept was trained on {version.base_model!r}; leave base_model out"
        raise Invalid.at("/base_model", "base_model_mismatch", message)
    return find(catalogue, version.base_model, "/concept")


def _highway(request: HighwayRequest, base: BaseModelInfo, *, adapted: bool) -> dict[str, Any]:
    """The base model's default is for a concept; the plain base performs without."""
    stated = _highway_stated(request, base, "/highway/mode")
    default: dict[str, Any] = base.generation["highway"]
    if not adapted or not base.facts.takes_highway:
        default = default | {"mode": "off"}
    return default | stated


def _highway_stated(request: HighwayRequest, base: BaseModelInfo, pointer: str) -> dict[str, Any]:
    """What the request says of the highway. Raises Invalid where the family has none."""
    if request.mode not in (None, "off") and not base.facts.takes_highway:
        message = f"{base.family} has no U-Net skips, so the Appearance Highway does not apply"
        raise Invalid.at(pointer, "highway_unsupported", message)
    return request.model_dump(exclude_none=True)


def _noise_prior(request: RenderingRequest, base: BaseModelInfo, version: VersionRow | None) -> float:
    has_noise = version is not None and any(file.name == INVERTED_NOISE for file in files_of(version))
    if request.noise_prior is None:
        return float(base.generation["noise_prior"]) if has_noise else 0.0
    if request.noise_prior > 0 and not has_noise:
        message = "no inverted noise: train the concept with save_inverted_noise"
        raise Invalid.at("/noise_prior", "no_inverted_noise", message)
    return request.noise_prior


def _check_spatial_path(values: dict[str, Any], base: BaseModelInfo) -> None:
    if values["spatial_path"] != "none" and not base.facts.takes_spatial_path:
        message = f"no layer of {base.family} sees one frame alone, so there is no spatial path"
        raise Invalid.at("/recipe/spatial_path", "spatial_path_unsupported", message)


def _check_scheduler(values: dict[str, Any], base: BaseModelInfo) -> None:
    if values["scheduler"] != base.facts.scheduler:
        message = f"{base.family} is sampled with {base.facts.scheduler!r}"
        raise Invalid.at("/scheduler", "scheduler_unsupported", message)


def _check_limits(values: dict[str, Any], base: BaseModelInfo, pointer: str) -> None:
    bounds = {"num_frames": base.limits.frames, "height": base.limits.size, "width": base.limits.size}
    errors = tuple(
        FieldError(f"{pointer}/{name}", "out_of_limits", f"{base.id} takes {allowed.in_words}")
        for name, allowed in bounds.items()
        if not allowed.accepts(values[name])
    )
    if errors:
        raise Invalid("; ".join(f"{error.pointer}: {error.message}" for error in errors), errors=errors)


def _invalid(error: ValidationError, pointer: str) -> Invalid:
    errors = tuple(
        FieldError("/".join([pointer, *map(str, one["loc"])]), one["type"], one["msg"]) for one in error.errors()
    )
    return Invalid("; ".join(one.message for one in errors), errors=errors)
