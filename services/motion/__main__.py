"""The motion engine without the service: `python -m services.motion train`, `sample`, `evaluate`, `import`."""

import sys
from argparse import Namespace
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from tqdm import tqdm

from services.motion.command_line import make_parser
from shared.base_models import BaseModelInfo, read_base_model
from shared.errors import ConfigurationError
from shared.schemas.evaluation import MAX_PROMPTS, EvaluationSettings
from shared.schemas.generation import GenerationSpec, Rendering
from shared.schemas.training import TrainingRecipe

if TYPE_CHECKING:
    from services.motion.families.protocol import Bundle
    from services.motion.progress import ProgressCallback, StepProgress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status, 2 for an invalid or unsupported request."""
    parser = make_parser(train=_train, sample=_sample, evaluate=_evaluate, import_=_import)
    options = parser.parse_args(arguments)
    try:
        return options.command(options)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        return _fail("; ".join(problems))
    except (ConfigurationError, ValueError, OSError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130


def _fail(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _train(options: Namespace) -> int:
    if len(options.clip) != len(options.caption):
        return _fail(
            f"{len(options.clip)} clips and {len(options.caption)} captions: one --caption is needed for each --clip"
        )
    defaults = read_base_model(options.base.name, options.base).training_with(options.preset)
    explicit = _explicit(options, TrainingRecipe.model_fields.keys() - {"highway"})
    values = defaults | explicit | {"highway": _highway(options, defaults)}
    recipe = TrainingRecipe.model_validate({"alpha": values["rank"]} | values)
    bundle = _load(options)
    from services.motion.training import train  # noqa: PLC0415 - importing torch takes seconds, which --help and errors do not need

    clips = [train.ReferenceClip(*pair) for pair in zip(options.clip, options.caption, strict=True)]
    with _progress_bars() as on_progress:
        result = train.run(
            bundle,
            recipe,
            clips,
            options.out,
            on_progress=on_progress,
            compute_dtype=options.compute_dtype,
            resume=options.resume,
        )
    print("\n".join(map(str, result.files)))
    return 0


def _sample(options: Namespace) -> int:
    base = read_base_model(options.base.name, options.base)
    spec = GenerationSpec.model_validate(_sampling_values(options, base, GenerationSpec) | {"base_model": base.id})
    bundle = _load(options)
    from services.motion.artifacts import adapter_files  # noqa: PLC0415 - as above
    from services.motion.sampling import sample  # noqa: PLC0415 - as above

    adapter = adapter_files.load_adapter(options.adapter) if options.adapter else None
    inverted = adapter_files.load_noise(options.adapter) if options.adapter and spec.noise_prior else []
    with _progress_bars() as on_progress:
        result = sample.run(
            bundle, spec, options.out, adapter=adapter, inverted_CFHW=inverted, on_progress=on_progress,
            compute_dtype=options.compute_dtype,
        )  # fmt: skip
    print("\n".join(map(str, result.files)))
    return 0


def _import(options: Namespace) -> int:
    import torch  # noqa: PLC0415 - as above

    from services.motion.artifacts import adapter_files, adapter_import  # noqa: PLC0415 - as above
    from services.motion.families import registry  # noqa: PLC0415 - as above

    bundle = registry.load(options.base, device=torch.device("cpu"))
    adapter = adapter_import.convert(bundle, options.file, preset=options.preset)
    files = adapter_files.save_adapter(options.out, adapter, components=bundle.lora_components)
    recipe = adapter.recipe["recipe"]
    print(f"preset {recipe['preset']}, rank {recipe['rank']}", file=sys.stderr)
    print("\n".join(map(str, files)))
    return 0


def _evaluate(options: Namespace) -> int:
    from services.motion.artifacts import adapter_files  # noqa: PLC0415 - as above
    from services.motion.evaluation import evaluate  # noqa: PLC0415 - as above
    from services.motion.training.train import ReferenceClip  # noqa: PLC0415 - as above

    base = read_base_model(options.base.name, options.base)
    adapter = adapter_files.load_adapter(options.adapter)
    captions: list[str] = adapter.recipe.get("captions", [])  # an imported adapter has none
    prompts = options.prompt or base.evaluation_defaults.held_out_prompts(captions, MAX_PROMPTS)
    seeds = [options.seed + index for index in range(options.samples)]
    settings = EvaluationSettings.model_validate(
        _sampling_values(options, base, EvaluationSettings) | {"prompts": prompts, "seeds": seeds}
    )
    clips = [
        ReferenceClip(path, captions[index] if index < len(captions) else "") for index, path in enumerate(options.clip)
    ]
    with _progress_bars() as on_progress:
        result = evaluate.run(
            _load(options),
            settings,
            options.out,
            adapter=adapter,
            references=evaluate.References(clips),
            weights=evaluate.Weights(options.clip_model, options.xclip_model),
            inverted_CFHW=adapter_files.load_noise(options.adapter) if settings.noise_prior else [],
            on_progress=on_progress,
            compute_dtype=options.compute_dtype,
        )
    _print_metrics(result.report)
    print("\n".join(map(str, result.files)))
    return 0


def _print_metrics(report: dict[str, Any]) -> None:
    """Print each metric with the values of version and base model and its method, then metrics without a value."""
    print(f"{'metric':<28}{'version':>9}{'base':>9}  by")
    for name, value in report["metrics"].items():
        base = report["base_metrics"].get(name)
        print(f"{name:<28}{value:>9.3f}{'' if base is None else format(base, '.3f'):>9}  {report['measured_by'][name]}")
    for name, reason in report["not_measured"].items():
        print(f"{name:<28}{'-':>9}{'-':>9}  {reason}")


def _sampling_values(options: Namespace, base: BaseModelInfo, schema: type[Rendering]) -> dict[str, Any]:
    """The fields of a schema: explicit options, else the base model's defaults."""
    defaults = {name: value for name, value in base.generation.items() if name in schema.model_fields}
    explicit = _explicit(options, schema.model_fields.keys() - {"highway"})
    return defaults | explicit | {"highway": _highway(options, defaults)}


def _explicit(options: Namespace, fields: Any) -> dict[str, Any]:
    """The options that are present on the command line and name one of the fields."""
    return {name: value for name, value in vars(options).items() if name in fields and value is not None}


def _highway(options: Namespace, defaults: dict[str, Any]) -> dict[str, Any]:
    """The Appearance Highway's mode and gain: explicit options, else the defaults."""
    explicit = {"mode": options.highway, "gain": options.gain}
    return defaults["highway"] | {name: value for name, value in explicit.items() if value is not None}


def _load(options: Namespace) -> "Bundle":
    from services.motion.compute import devices, precision  # noqa: PLC0415 - as above
    from services.motion.families import registry  # noqa: PLC0415 - as above

    device = devices.choose(options.device)
    devices.prepare(device, threads=options.threads)
    return registry.load(options.base, device=device, dtype=precision.resolve_base_dtype(options.base_dtype, device))


@contextmanager
def _progress_bars() -> "Generator[ProgressCallback]":
    """A progress callback that shows one progress bar for each phase, on standard error."""
    bars: dict[str, tqdm[Any]] = {}

    def on_progress(progress: "StepProgress") -> None:
        if progress.phase not in bars:
            for earlier in bars.values():
                earlier.close()
            bars[progress.phase] = tqdm(total=progress.total_steps, desc=progress.phase, initial=progress.step - 1)
        bar = bars[progress.phase]
        if progress.loss is not None:
            bar.set_postfix(loss=f"{progress.loss:.4f}", refresh=False)
        bar.update(progress.step - bar.n)

    try:
        yield on_progress
    finally:
        for bar in bars.values():
            bar.close()


if __name__ == "__main__":
    sys.exit(main())
