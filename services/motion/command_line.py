"""The command line of `python -m services.motion`: its options, and nothing that loads torch."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from shared.precision import Precision
from shared.schemas.evaluation import DEFAULT_SAMPLES
from shared.schemas.highway import HighwayMode
from shared.schemas.training import GradientCheckpointing, Preset, SpatialPath

Command = Callable[[argparse.Namespace], int]
Option = tuple[str, dict[str, Any]]

_DEFAULTS = "What is left out comes from the base's choreo.json, or from the method's release."

_BASE: Option = ("--base", {"type": Path, "required": True, "metavar": "DIR", "help": "base model, diffusers layout"})
_FRAMES: Option = ("--frames", {"type": int, "dest": "num_frames", "metavar": "N", "help": "frames of the video"})
_HIGHWAY: list[Option] = [
    ("--highway", {"choices": get_args(HighwayMode), "help": "appearance highway"}),
    ("--gain", {"type": float, "metavar": "X", "help": "the highway's gain"}),
]
_COMMON: list[Option] = [
    ("--seed", {"type": int, "default": 0, "metavar": "S", "help": "the same seed gives the same bits (default 0)"}),
    ("--height", {"type": int, "metavar": "H", "help": "pixels"}),
    ("--width", {"type": int, "metavar": "W", "help": "pixels"}),
    ("--fps", {"type": float, "metavar": "N", "help": "frames a second"}),
    ("--device", {"default": "auto", "help": "auto, cpu, cuda, cuda:1 ... (default auto)"}),
    ("--threads", {"type": int, "metavar": "N", "help": "CPU threads"}),
    ("--base-dtype", {"default": "auto", "choices": get_args(Precision), "help": "the base's weights (default auto)"}),
    ("--compute-dtype", {"default": "auto", "choices": get_args(Precision), "help": "precision (default auto)"}),
]
_TRAIN: list[Option] = [
    _BASE,
    ("--clip", {"type": Path, "action": "append", "required": True, "metavar": "FILE", "help": "repeatable"}),
    ("--caption", {"action": "append", "required": True, "metavar": "TEXT", "help": "one for each clip, in order"}),
    ("--out", {"type": Path, "required": True, "metavar": "DIR", "help": "takes adapter.safetensors and report.json"}),
    ("--preset", {"choices": get_args(Preset), "help": "which linears are adapted"}),
    ("--steps", {"type": int, "metavar": "N"}),
    ("--rank", {"type": int, "metavar": "R"}),
    ("--alpha", {"type": float, "metavar": "A", "help": "adapter scale times rank (default: the rank)"}),
    ("--learning-rate", {"type": float, "metavar": "X"}),
    ("--weight-decay", {"type": float, "metavar": "X"}),
    ("--batch-size", {"type": int, "metavar": "N"}),
    ("--dropout", {"type": float, "metavar": "P"}),
    _FRAMES,
    ("--spatial-path", {"choices": get_args(SpatialPath), "help": "appearance adapters, trained beside and dropped"}),
    ("--timestep-range", {"type": float, "nargs": 2, "metavar": ("LOW", "HIGH"), "help": "share of the schedule"}),
    ("--caption-dropout", {"type": float, "metavar": "P", "help": "share of samples shown without their caption"}),
    ("--no-debias", {"action": "store_false", "dest": "debias", "default": None, "help": "the plain loss only"}),
    *_HIGHWAY,
    ("--aspect-buckets", {"action": "store_true", "default": None, "help": "train clips near their own aspect ratio"}),
    ("--horizontal-flip", {"action": "store_true", "default": None, "help": "mirror half of the samples"}),
    ("--gradient-checkpointing", {"choices": get_args(GradientCheckpointing), "help": "less memory for more time"}),
    ("--save-inverted-noise", {"action": "store_true", "default": None, "help": "for sampling with a noise prior"}),
    ("--checkpoint-every", {"type": int, "metavar": "N", "help": "steps"}),
    ("--resume", {"type": Path, "metavar": "DIR", "help": "a checkpoint folder of the same training"}),
]
_RENDERING: list[Option] = [
    *_HIGHWAY,
    _FRAMES,
    ("--steps", {"type": int, "metavar": "N", "help": "denoising steps"}),
    ("--negative-prompt", {"metavar": "TEXT"}),
    ("--guidance", {"type": float, "dest": "guidance_scale", "metavar": "X", "help": "guidance scale"}),
    ("--adapter-scale", {"type": float, "metavar": "X"}),
    ("--phase", {"type": float, "metavar": "P", "help": "share of the steps that use adapter and highway"}),
    ("--noise-prior", {"type": float, "metavar": "P", "help": "share of the reference's inverted noise"}),
]
_SAMPLE: list[Option] = [
    _BASE,
    ("--adapter", {"type": Path, "metavar": "DIR", "help": "what train wrote; without it the plain base performs"}),
    ("--prompt", {"required": True, "metavar": "TEXT"}),
    ("--out", {"type": Path, "required": True, "metavar": "FILE.mp4"}),
    *_RENDERING,
]
_EVALUATE: list[Option] = [
    _BASE,
    ("--adapter", {"type": Path, "required": True, "metavar": "DIR", "help": "what train wrote"}),
    ("--clip", {"type": Path, "action": "append", "default": [], "metavar": "FILE", "help": "a reference; repeatable"}),
    (
        "--prompt",
        {"action": "append", "metavar": "TEXT", "help": "repeatable (default: the base's, else the captions)"},
    ),
    (
        "--samples",
        {"type": int, "default": DEFAULT_SAMPLES, "metavar": "N", "help": f"clips of each (default {DEFAULT_SAMPLES})"},
    ),
    ("--clip-model", {"type": Path, "metavar": "DIR", "help": "a CLIP in transformers layout"}),
    ("--xclip-model", {"type": Path, "metavar": "DIR", "help": "an X-CLIP in transformers layout"}),
    ("--out", {"type": Path, "required": True, "metavar": "DIR", "help": "takes report.json and previews"}),
    *_RENDERING,
]


_IMPORT: list[Option] = [
    _BASE,
    ("file", {"type": Path, "metavar": "FILE.pt", "help": "what MotionDirector or the method's release saved"}),
    ("--out", {"type": Path, "required": True, "metavar": "DIR", "help": "takes adapter.safetensors"}),
    ("--preset", {"choices": get_args(Preset), "help": "what the file adapts (default: by number and shapes)"}),
]


def make_parser(*, train: Command, sample: Command, evaluate: Command, import_: Command) -> argparse.ArgumentParser:
    """The parser; `options.command` is the function to call with the options."""
    parser = argparse.ArgumentParser(prog="python -m services.motion", description="Learn a motion, and perform it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "train", f"Learn a motion from one or a few clips. {_DEFAULTS}", train, [*_TRAIN, *_COMMON])
    what = f"Perform a motion with the appearance a prompt describes. {_DEFAULTS}"
    _add(commands, "sample", what, sample, [*_SAMPLE, *_COMMON])
    what = f"Measure what an adapter performs, beside what the plain base does. {_DEFAULTS}"
    _add(commands, "evaluate", what, evaluate, [*_EVALUATE, *_COMMON])
    _add(commands, "import", "Convert an adapter from another program, which `sample` then takes.", import_, _IMPORT)
    return parser


def _add(commands: Any, name: str, what: str, command: Command, options: list[Option]) -> None:
    parser = commands.add_parser(name, help=what.partition(". ")[0], description=what)
    parser.set_defaults(command=command)
    for option, settings in options:
        parser.add_argument(option, **settings)
