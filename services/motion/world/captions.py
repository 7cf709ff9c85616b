"""The captions of the world: their grammar, tokenizer, and held-out prompts.

Any other word is spelled out in letters; pretraining shows the text encoder made-up verbs for random
paths, so that a concept's own name ("orbiting") reads as a motion that has no fixed form yet.
"""

import re
import zlib
from collections.abc import Iterable
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from services.motion.world import paths, scenes

if TYPE_CHECKING:
    from transformers import CLIPTokenizer

MAX_TOKENS = 32
HELD_OUT_PROMPTS = 96
_GRAMMAR = ("a", "on", "background")
GRAMMAR = "a {colour} {shape} {motion} on a {background} background"
"""The caption grammar, equal to `Appearance.caption`."""
_CAPTION = re.compile(r"a (\w+) (\w+) (.+) on a (\w+) background")


def _byte_symbols() -> list[str]:
    """The printable symbols of byte-level BPE, one for each byte."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + index) for index, _ in enumerate(rest)]


def _words() -> list[str]:
    names = [*scenes.COLOURS, *scenes.SHAPES, *scenes.BACKGROUNDS, *paths.PRETRAINED, *_GRAMMAR]
    return sorted({word for name in names for word in name.split()})


def _merges(words: Iterable[str]) -> list[tuple[str, str]]:
    """BPE merges that build each word from left to right."""
    merges: dict[tuple[str, str], None] = {}
    for word in words:
        symbols = [*word[:-1], word[-1] + "</w>"]
        left = symbols[0]
        for right in symbols[1:]:
            merges[left, right] = None
            left += right
    return list(merges)


def build_tokenizer() -> "CLIPTokenizer":
    """A CLIP tokenizer in which each word of the world is one token; other words are spelled in letters."""
    from transformers import CLIPTokenizer  # noqa: PLC0415 - takes two seconds; scores of videos do not need it

    letters = _byte_symbols()
    merges = _merges(_words())
    symbols = [*letters, *(letter + "</w>" for letter in letters), *("".join(pair) for pair in merges)]
    symbols += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {symbol: index for index, symbol in enumerate(dict.fromkeys(symbols))}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_TOKENS)


def invent_verb(rng: np.random.Generator) -> str:
    """A made-up verb such as "wozeting", for motions without a name."""
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyz"), rng.integers(3, 9))
    return "".join(letters) + "ing"


class Prompt(NamedTuple):
    """A parsed caption."""

    appearance: scenes.Appearance
    motion: str

    @property
    def text(self) -> str:
        """The caption."""
        return self.appearance.caption(self.motion)


def parse(text: str) -> Prompt | None:
    """Parse a caption; None for text outside the grammar."""
    found = _CAPTION.fullmatch(text.strip())
    if found is None:
        return None
    colour, shape, motion, background = found.groups()
    is_known = colour in scenes.COLOURS and shape in scenes.SHAPES and background in scenes.BACKGROUNDS
    return Prompt(scenes.Appearance(colour, shape, background), motion) if is_known else None


def held_out_prompts() -> list[Prompt]:
    """Prompts excluded from pretraining: each pretrained motion in turn, appearances chosen by a hash."""
    ranked = sorted(scenes.APPEARANCES, key=lambda appearance: zlib.crc32(" ".join(appearance).encode()))
    motions = list(paths.PRETRAINED)
    return [Prompt(ranked[index % len(ranked)], motions[index % len(motions)]) for index in range(HELD_OUT_PROMPTS)]


def pretraining_prompts() -> list[Prompt]:
    """Every prompt with a named motion that pretraining may draw."""
    held_out = set(held_out_prompts())
    every = (Prompt(*pair) for pair in product(scenes.APPEARANCES, paths.PRETRAINED))
    return [prompt for prompt in every if prompt not in held_out]
