"""Adapters that MotionDirector or the method's release wrote, as ours.

Their file is a pickled list of matrices without a name: for every adapted linear, in the order in which the network
registers its modules, up (out x rank) and then down (rank x in), to be used at a scale of 1.
"""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from services.motion.artifacts.adapter_files import Adapter, adapter_hash
from services.motion.artifacts.provenance import of_base
from services.motion.errors import MotionError, NotImportable
from services.motion.families.protocol import Bundle
from services.motion.method import adapters
from services.motion.method.adapters import Preset

WRITTEN: tuple[Preset, ...] = ("motion-director", "tap-release")
"""What MotionDirector and the release write. Other presets are recognised after these: keys with queries have the
shapes of keys with output projections, and no program that is known to us writes them.
"""


class Pair(NamedTuple):
    """The matrices of one linear: out x rank, rank x in."""

    up: Tensor
    down: Tensor


def convert(bundle: Bundle, path: Path, *, preset: str | None = None) -> Adapter:
    """The adapter in the file, for a network like the bundle's; without `preset` it is the first that fits.

    Raises NotImportable, which says what was found and what would fit.
    """
    pairs = _paired(read(path))
    rank = _rank(pairs)
    chosen = preset or recognise(bundle.network, pairs)
    names = ordered_targets(bundle.network, chosen)
    if wrong := _misfit(bundle.network, names, pairs):
        raise NotImportable(f"{path.name} is no {chosen!r} adapter of this base: {wrong}")
    tensors = {
        f"{adapters.KEY_PREFIX}{name}.lora_{side}.weight": matrix.detach().float().contiguous()
        for name, pair in zip(names, pairs, strict=True)
        for side, matrix in (("A", pair.down), ("B", pair.up))
    }
    origin = {"file": path.name, "sha256": adapter_hash(path)}
    facts = {"imported": origin, "recipe": {"preset": chosen, "rank": rank, "alpha": rank}, "base": of_base(bundle)}
    return Adapter(adapters.make_config(names, rank=rank, alpha=rank), dict(sorted(tensors.items())), facts)


def read(path: Path) -> list[Tensor]:
    """The list of matrices in the file. Nothing in it is run. Raises NotImportable."""
    try:
        # A pickle can run code when it is read: weights_only admits tensors and plain containers alone.
        found: Any = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise NotImportable(f"{path}: no list of matrices ({str(error).splitlines()[0]})") from error
    if not isinstance(found, list) or not found:
        raise NotImportable(f"{path}: a list of matrices was expected, not {type(found).__name__}")
    for index, matrix in enumerate(found):
        if not isinstance(matrix, Tensor) or matrix.ndim != 2 or not matrix.is_floating_point():
            raise NotImportable(f"{path}: entry {index} is no matrix")
    return found


def _paired(matrices: Sequence[Tensor]) -> list[Pair]:
    if len(matrices) % 2:
        raise NotImportable(f"{len(matrices)} matrices are no pairs of up and down")
    return [Pair(*matrices[index : index + 2]) for index in range(0, len(matrices), 2)]


def _rank(pairs: Sequence[Pair]) -> int:
    """The rank that all pairs share."""
    ranks = {size for pair in pairs for size in (pair.up.shape[1], pair.down.shape[0])}
    if len(ranks) != 1:
        raise NotImportable(f"the matrices do not alternate between up and down of one rank, but of {sorted(ranks)}")
    return ranks.pop()


def recognise(network: nn.Module, pairs: Sequence[Pair]) -> str:
    """The preset whose linears have these numbers and shapes. Raises NotImportable when none has."""
    if _fits(network, adapters.SPATIAL, pairs):
        raise NotImportable("this is a spatial adapter, which holds the look of the clips and is dropped at inference")
    for preset in dict.fromkeys([*WRITTEN, *get_args(Preset)]):
        if _fits(network, preset, pairs):
            return preset
    known = ", ".join(f"{preset} {len(ordered_targets(network, preset))}" for preset in get_args(Preset))
    raise NotImportable(f"{len(pairs)} pairs of these shapes are no preset's on this base; numbers that are: {known}")


def _fits(network: nn.Module, preset: str, pairs: Sequence[Pair]) -> bool:
    try:
        return _misfit(network, ordered_targets(network, preset), pairs) is None
    except MotionError:  # a family without such a path
        return False


def ordered_targets(network: nn.Module, preset: str) -> list[str]:
    """The preset's linears in the order in which the network registers them."""
    wanted = set(adapters.target_modules(network, preset))
    return [name for name, _ in network.named_modules() if name in wanted]


def _misfit(network: nn.Module, names: Sequence[str], pairs: Sequence[Pair]) -> str | None:
    """Why the pairs are not for these linears, None when they are."""
    if len(names) != len(pairs):
        return f"it has {len(pairs)} pairs where {len(names)} linears are adapted"
    for name, pair in zip(names, pairs, strict=True):
        linear = network.get_submodule(name)
        shape = pair.up.shape[0], pair.down.shape[1]
        if shape != (linear.out_features, linear.in_features):
            return f"{name} is {linear.out_features} x {linear.in_features} and its pair {shape[0]} x {shape[1]}"
    return None
