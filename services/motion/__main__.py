"""The two recipes without any service around them, `python -m services.motion train` and `... sample`; and `import`."""

import sys
from argparse import Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from tqdm import tqdm

from services.motion.options import make_parser
from shared.base_models import read_base_model
from shared.errors import ConfigurationError
from shared.schemas.generation import GenerationSpec
from shared.schemas.training import TrainingRecipe

if TYPE_CHECKING:
    from services.motion.families.protocol import Bundle
    from services.motion.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status is 2 for a request that cannot be carried out."""
    options = make_parser(train=_train, sample=_sample, import_=_import).parse_args(arguments)
    try:
        return options.command(options)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        return _refuse("; ".join(problems))
    except (ConfigurationError, ValueError, OSError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130


def _refuse(message: str) -> int:
    print(f"error: {message}", file=sys.stderr)
    return 2


def _train(options: Namespace) -> int:
    if len(options.clip) != len(options.caption):
        return _refuse(
            f"{len(options.clip)} clips and {len(options.caption)} captions: give one --caption for each --clip"
        )
    defaults = read_base_model(options.base.name, options.base).training_with(options.preset)
    given = _given(options, TrainingRecipe.model_fields.keys() - {"highway"})
    chosen = defaults | given | {"highway": _highway(options, defaults)}
    recipe = TrainingRecipe.model_validate({"alpha": chosen["rank"]} | chosen)
    bundle = _load(options)
    from services.motion import train  # noqa: PLC0415 - torch takes seconds, --help and refusals should not

    clips = [train.ReferenceClip(*pair) for pair in zip(options.clip, options.caption, strict=True)]
    with _bars() as report:
        result = train.run(
            bundle,
            recipe,
            clips,
            options.out,
            report=report,
            compute_dtype=options.compute_dtype,
            resume=options.resume,
        )
    print("\n".join(map(str, result.files)))
    return 0


def _sample(options: Namespace) -> int:
    base = read_base_model(options.base.name, options.base)
    defaults = base.generation
    given = _given(options, GenerationSpec.model_fields.keys() - {"highway"})
    chosen = defaults | given | {"highway": _highway(options, defaults)}
    spec = GenerationSpec.model_validate(chosen | {"base_model": base.id})
    bundle = _load(options)
    from services.motion import artifacts, sample  # noqa: PLC0415 - as above

    adapter = artifacts.load_adapter(options.adapter) if options.adapter else None
    inverted = artifacts.load_noise(options.adapter) if options.adapter and spec.noise_prior else []
    with _bars() as report:
        result = sample.run(
            bundle, spec, options.out, adapter=adapter, inverted_CFHW=inverted, report=report,
            compute_dtype=options.compute_dtype,
        )  # fmt: skip
    print("\n".join(map(str, result.files)))
    return 0


def _import(options: Namespace) -> int:
    import torch  # noqa: PLC0415 - as above

    from services.motion import artifacts, foreign  # noqa: PLC0415 - as above
    from services.motion.families import registry  # noqa: PLC0415 - as above

    bundle = registry.load(options.base, device=torch.device("cpu"))
    adapter = foreign.convert(bundle, options.file, preset=options.preset)
    files = artifacts.save_adapter(options.out, adapter, parts=bundle.parts)
    recipe = adapter.recipe["recipe"]
    print(f"preset {recipe['preset']}, rank {recipe['rank']}", file=sys.stderr)
    print("\n".join(map(str, files)))
    return 0


def _given(options: Namespace, fields: Any) -> dict[str, Any]:
    """The options that were given and are fields of the schema."""
    return {name: value for name, value in vars(options).items() if name in fields and value is not None}


def _highway(options: Namespace, defaults: dict[str, Any]) -> dict[str, Any]:
    """The defaults' highway with what was given of it."""
    given = {"mode": options.highway, "gain": options.gain}
    return defaults["highway"] | {name: value for name, value in given.items() if value is not None}


def _load(options: Namespace) -> "Bundle":
    from services.motion import devices, precision  # noqa: PLC0415 - as above
    from services.motion.families import registry  # noqa: PLC0415 - as above

    device = devices.choose(options.device)
    devices.prepare(device, threads=options.threads)
    return registry.load(options.base, device=device, dtype=precision.of_base(options.base_dtype, device))


@contextmanager
def _bars() -> "Generator[Callable[[Progress], None]]":
    """A report that draws one progress bar for each phase, on standard error."""
    bars: dict[str, tqdm[Any]] = {}

    def report(progress: "Progress") -> None:
        if progress.phase not in bars:
            for earlier in bars.values():
                earlier.close()
            bars[progress.phase] = tqdm(total=progress.total_steps, desc=progress.phase, initial=progress.step - 1)
        bar = bars[progress.phase]
        if progress.loss is not None:
            bar.set_postfix(loss=f"{progress.loss:.4f}", refresh=False)
        bar.update(progress.step - bar.n)

    try:
        yield report
    finally:
        for bar in bars.values():
            bar.close()


if __name__ == "__main__":
    sys.exit(main())
