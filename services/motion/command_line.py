"""The command line options of `python -m services.motion`. Imports no torch."""

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

_DEFAULTS = "Defaults come from the base model's choreo.json, else from its model family."

_BASE: Option = (
    "--base",
    {"type": Path, "required": True, "metavar": "DIR", "help": "folder of the base model in diffusers layout"},
)
_FRAMES: Option = ("--frames", {"type": int, "dest": "num_frames", "metavar": "N", "help": "number of frames"})
_HIGHWAY: list[Option] = [
    ("--highway", {"choices": get_args(HighwayMode), "help": "mode of the Appearance Highway"}),
    ("--gain", {"type": float, "metavar": "X", "help": "gain of the Appearance Highway"}),
]
_COMMON: list[Option] = [
    ("--seed", {"type": int, "default": 0, "metavar": "S", "help": "seed of all random numbers (default 0)"}),
    ("--height", {"type": int, "metavar": "H", "help": "height in pixels"}),
    ("--width", {"type": int, "metavar": "W", "help": "width in pixels"}),
    ("--fps", {"type": float, "metavar": "N", "help": "frames per second"}),
    ("--device", {"default": "auto", "help": "auto, cpu, cuda, cuda:1 ... (default auto)"}),
    ("--threads", {"type": int, "metavar": "N", "help": "number of CPU threads"}),
    (
        "--base-dtype",
        {"default": "auto", "choices": get_args(Precision), "help": "dtype of the base weights (default auto)"},
    ),
    (
        "--compute-dtype",
        {"default": "auto", "choices": get_args(Precision), "help": "dtype of computation (default auto)"},
    ),
]
_TRAIN: list[Option] = [
    _BASE,
    (
        "--clip",
        {"type": Path, "action": "append", "required": True, "metavar": "FILE", "help": "reference clip; repeatable"},
    ),
    (
        "--caption",
        {"action": "append", "required": True, "metavar": "TEXT", "help": "caption of each --clip, in the same order"},
    ),
    (
        "--out",
        {"type": Path, "required": True, "metavar": "DIR", "help": "folder for adapter.safetensors and report.json"},
    ),
    ("--preset", {"choices": get_args(Preset), "help": "linear layers that are adapted"}),
    ("--steps", {"type": int, "metavar": "N", "help": "training steps"}),
    ("--rank", {"type": int, "metavar": "R", "help": "LoRA rank"}),
    ("--alpha", {"type": float, "metavar": "A", "help": "LoRA scale times rank (default: the rank)"}),
    ("--learning-rate", {"type": float, "metavar": "X", "help": "learning rate of AdamW"}),
    ("--weight-decay", {"type": float, "metavar": "X", "help": "weight decay of AdamW"}),
    ("--batch-size", {"type": int, "metavar": "N", "help": "samples per step"}),
    ("--dropout", {"type": float, "metavar": "P", "help": "dropout probability of the adapter"}),
    _FRAMES,
    (
        "--spatial-path",
        {"choices": get_args(SpatialPath), "help": "adapters for the appearance, discarded after training"},
    ),
    (
        "--timestep-range",
        {
            "type": float,
            "nargs": 2,
            "metavar": ("LOW", "HIGH"),
            "help": "trained part of the noise schedule, 0 is clean and 1 is noise",
        },
    ),
    ("--caption-dropout", {"type": float, "metavar": "P", "help": "fraction of samples with an empty caption"}),
    (
        "--no-debias",
        {"action": "store_false", "dest": "debias", "default": None, "help": "train without the debiased loss term"},
    ),
    *_HIGHWAY,
    ("--aspect-buckets", {"action": "store_true", "default": None, "help": "train clips near their own aspect ratio"}),
    ("--horizontal-flip", {"action": "store_true", "default": None, "help": "flip half of the samples horizontally"}),
    (
        "--gradient-checkpointing",
        {"choices": get_args(GradientCheckpointing), "help": "recompute activations to save memory"},
    ),
    (
        "--save-inverted-noise",
        {"action": "store_true", "default": None, "help": "save inverted noise for --noise-prior"},
    ),
    ("--checkpoint-every", {"type": int, "metavar": "N", "help": "steps between two checkpoints"}),
    ("--resume", {"type": Path, "metavar": "DIR", "help": "checkpoint folder of the same training"}),
]
_SAMPLING: list[Option] = [
    *_HIGHWAY,
    _FRAMES,
    ("--steps", {"type": int, "metavar": "N", "help": "denoising steps"}),
    ("--negative-prompt", {"metavar": "TEXT", "help": "prompt of the unconditional branch"}),
    (
        "--guidance",
        {"type": float, "dest": "guidance_scale", "metavar": "X", "help": "scale of classifier-free guidance"},
    ),
    ("--adapter-scale", {"type": float, "metavar": "X", "help": "factor of the adapter, 1 is as trained"}),
    ("--phase", {"type": float, "metavar": "P", "help": "fraction of the steps that use adapter and highway"}),
    ("--noise-prior", {"type": float, "metavar": "P", "help": "share of inverted noise in the initial noise"}),
]
_SAMPLE: list[Option] = [
    _BASE,
    ("--adapter", {"type": Path, "metavar": "DIR", "help": "output folder of train; default: no adapter"}),
    ("--prompt", {"required": True, "metavar": "TEXT", "help": "text prompt"}),
    ("--out", {"type": Path, "required": True, "metavar": "FILE.mp4", "help": "output file"}),
    *_SAMPLING,
]
_EVALUATE: list[Option] = [
    _BASE,
    ("--adapter", {"type": Path, "required": True, "metavar": "DIR", "help": "output folder of train"}),
    (
        "--clip",
        {"type": Path, "action": "append", "default": [], "metavar": "FILE", "help": "reference clip; repeatable"},
    ),
    (
        "--prompt",
        {"action": "append", "metavar": "TEXT", "help": "repeatable (default: the base model's, else the captions)"},
    ),
    ("--samples", {"type": int, "default": DEFAULT_SAMPLES, "metavar": "N", "help": f"clips per prompt (default {DEFAULT_SAMPLES})"}),
    ("--clip-model", {"type": Path, "metavar": "DIR", "help": "folder of a CLIP model in transformers layout"}),
    ("--xclip-model", {"type": Path, "metavar": "DIR", "help": "folder of an X-CLIP model in transformers layout"}),
    ("--out", {"type": Path, "required": True, "metavar": "DIR", "help": "folder for report.json and previews"}),
    *_SAMPLING,
]


_IMPORT: list[Option] = [
    _BASE,
    ("file", {"type": Path, "metavar": "FILE.pt", "help": "adapter file of MotionDirector or of the method's release"}),
    ("--out", {"type": Path, "required": True, "metavar": "DIR", "help": "folder for adapter.safetensors"}),
    ("--preset", {"choices": get_args(Preset), "help": "preset of the file (default: detected from its matrices)"}),
]


def make_parser(*, train: Command, sample: Command, evaluate: Command, import_: Command) -> argparse.ArgumentParser:
    """The argument parser. In the parsed options, `command` is the function to call with them."""
    parser = argparse.ArgumentParser(
        prog="python -m services.motion", description="Train motion adapters and generate videos with them."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "train", f"Train a motion adapter on one or a few clips. {_DEFAULTS}", train, [*_TRAIN, *_COMMON])
    description = f"Generate a video from a prompt, with or without a motion adapter. {_DEFAULTS}"
    _add(commands, "sample", description, sample, [*_SAMPLE, *_COMMON])
    description = f"Generate videos with and without an adapter and measure both. {_DEFAULTS}"
    _add(commands, "evaluate", description, evaluate, [*_EVALUATE, *_COMMON])
    _add(commands, "import", "Convert an adapter of another program for use with `sample`.", import_, _IMPORT)
    return parser


def _add(commands: Any, name: str, description: str, command: Command, options: list[Option]) -> None:
    parser = commands.add_parser(name, help=description.partition(". ")[0], description=description)
    parser.set_defaults(command=command)
    for option, settings in options:
        parser.add_argument(option, **settings)
