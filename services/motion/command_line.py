"""The command line options of `python -m services.motion`. Imports no torch."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, get_args

from shared.precision import Precision
from shared.schemas.evaluation import DEFAULT_SAMPLES
from shared.schemas.generation import SchedulerName
from shared.schemas.highway import HighwayMode
from shared.schemas.training import GradientCheckpointing, Preset, SpatialPath

Command = Callable[[argparse.Namespace], int]


class Option(NamedTuple):
    """One option, or a positional argument, and the keyword arguments of `add_argument`."""

    name: str
    settings: dict[str, Any]


def _option(name: str, help_text: str, kind: Any = str, metavar: Any = None, **settings: Any) -> Option:
    """An option with a value."""
    return Option(name, {"help": help_text, "type": kind, "metavar": metavar} | settings)


def _choice(name: str, help_text: str, literal: Any, **settings: Any) -> Option:
    """An option whose values are those of a Literal."""
    return Option(name, {"help": help_text, "choices": get_args(literal)} | settings)


def _flag(name: str, help_text: str, **settings: Any) -> Option:
    """An option without a value; None unless it is present."""
    return Option(name, {"help": help_text, "action": "store_true", "default": None} | settings)


_DEFAULTS = "Defaults come from the base model's choreo.json, else from its model family."

_BASE = _option("--base", "folder of the base model in diffusers layout", Path, "DIR", required=True)
_CLIP = _option("--clip", "reference clip; repeatable", Path, "FILE", action="append")
_FRAMES = _option("--frames", "number of frames", int, "N", dest="num_frames")
_HIGHWAY = [
    _choice("--highway", "mode of the Appearance Highway", HighwayMode),
    _option("--gain", "gain of the Appearance Highway", float, "X"),
]
_COMMON = [
    _option("--seed", "seed of all random numbers (default 0)", int, "S", default=0),
    _option("--height", "height in pixels", int, "H"),
    _option("--width", "width in pixels", int, "W"),
    _option("--fps", "frames per second", float, "N"),
    _option("--device", "auto, cpu, cuda, cuda:1 ... (default auto)", default="auto"),
    _option("--threads", "number of CPU threads", int, "N"),
    _choice("--base-dtype", "dtype of the base weights (default auto)", Precision, default="auto"),
    _choice("--compute-dtype", "dtype of computation (default auto)", Precision, default="auto"),
]
_TRAIN = [
    _BASE,
    Option("--clip", _CLIP.settings | {"required": True}),
    _option("--caption", "caption of each --clip, in the same order", metavar="TEXT", action="append", required=True),
    _option("--out", "folder for adapter.safetensors and report.json", Path, "DIR", required=True),
    _choice("--preset", "linear layers that are adapted", Preset),
    _option("--steps", "training steps", int, "N"),
    _option("--rank", "LoRA rank", int, "R"),
    _option("--alpha", "LoRA scale times rank (default: the rank)", float, "A"),
    _option("--learning-rate", "learning rate of AdamW", float, "X"),
    _option("--weight-decay", "weight decay of AdamW", float, "X"),
    _option("--batch-size", "samples per step", int, "N"),
    _option("--dropout", "dropout probability of the adapter", float, "P"),
    _FRAMES,
    _choice("--spatial-path", "adapters for the appearance, discarded after training", SpatialPath),
    _option(
        "--timestep-range",
        "trained part of the noise schedule, 0 is clean and 1 is noise",
        float,
        ("LOW", "HIGH"),
        nargs=2,
    ),
    _option("--caption-dropout", "fraction of samples with an empty caption", float, "P"),
    _flag("--no-debias", "train without the debiased loss term", action="store_false", dest="debias"),
    *_HIGHWAY,
    _flag("--aspect-buckets", "train clips near their own aspect ratio"),
    _flag("--horizontal-flip", "flip half of the samples horizontally"),
    _choice("--gradient-checkpointing", "recompute activations to save memory", GradientCheckpointing),
    _flag("--save-inverted-noise", "save inverted noise for --noise-prior"),
    _option("--checkpoint-every", "steps between two checkpoints", int, "N"),
    _option("--resume", "checkpoint folder of the same training", Path, "DIR"),
]
_SAMPLING = [
    *_HIGHWAY,
    _FRAMES,
    _option("--steps", "denoising steps", int, "N"),
    _choice("--scheduler", "sampler", SchedulerName),
    _option("--negative-prompt", "prompt of the unconditional branch", metavar="TEXT"),
    _option("--guidance", "scale of classifier-free guidance", float, "X", dest="guidance_scale"),
    _option("--adapter-scale", "factor of the adapter, 1 is as trained", float, "X"),
    _option("--phase", "fraction of the steps that use adapter and highway", float, "P"),
    _option("--noise-prior", "share of inverted noise in the initial noise", float, "P"),
]
_SAMPLE = [
    _BASE,
    _option("--adapter", "output folder of train; default: no adapter", Path, "DIR"),
    _option("--prompt", "text prompt", metavar="TEXT", required=True),
    _option("--out", "output file", Path, "FILE.mp4", required=True),
    *_SAMPLING,
]
_EVALUATE = [
    _BASE,
    _option("--adapter", "output folder of train", Path, "DIR", required=True),
    Option("--clip", _CLIP.settings | {"default": []}),
    _option("--prompt", "repeatable (default: the base model's, else the captions)", metavar="TEXT", action="append"),
    _option("--samples", f"clips per prompt (default {DEFAULT_SAMPLES})", int, "N", default=DEFAULT_SAMPLES),
    _option("--clip-model", "folder of a CLIP model in transformers layout", Path, "DIR"),
    _option("--xclip-model", "folder of an X-CLIP model in transformers layout", Path, "DIR"),
    _option("--out", "folder for report.json and previews", Path, "DIR", required=True),
    *_SAMPLING,
]
_IMPORT = [
    _BASE,
    _option("file", "adapter file of MotionDirector or of the method's release", Path, "FILE.pt"),
    _option("--out", "folder for adapter.safetensors", Path, "DIR", required=True),
    _choice("--preset", "preset of the file (default: detected from its matrices)", Preset),
]


def make_parser(*, train: Command, sample: Command, evaluate: Command, import_: Command) -> argparse.ArgumentParser:
    """The argument parser. In the parsed options, `command` is the function to call with them."""
    parser = argparse.ArgumentParser(
        prog="python -m services.motion", description="Train motion adapters and generate videos with them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command, options, description in (
        ("train", train, [*_TRAIN, *_COMMON], f"Train a motion adapter on one or a few clips. {_DEFAULTS}"),
        ("sample", sample, [*_SAMPLE, *_COMMON], f"Generate a video, with or without a motion adapter. {_DEFAULTS}"),
        (
            "evaluate", evaluate, [*_EVALUATE, *_COMMON],
            f"Generate videos with and without an adapter and measure both. {_DEFAULTS}",
        ),
        ("import", import_, _IMPORT, "Convert an adapter of another program for use with `sample`."),
    ):  # fmt: skip
        command_parser = commands.add_parser(name, help=description.split(".")[0], description=description)
        command_parser.set_defaults(command=command)
        for option in options:
            command_parser.add_argument(option.name, **option.settings)
    return parser
