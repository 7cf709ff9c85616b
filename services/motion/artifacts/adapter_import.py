"""Import of adapters from MotionDirector and from the method's release.

Their file is a pickled list of matrices without names: for each adapted linear layer, in the order in which the network
registers its modules, up (out x rank) and then down (rank x in), with a scale of 1.
"""

import pickle
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from services.motion.artifacts.adapter_files import Adapter, adapter_hash
from services.motion.errors import MotionError, NotImportable
from services.motion.families.protocol import Bundle
from services.motion.method import adapters
from services.motion.method.adapters import Preset

EXPORTED_PRESETS: tuple[Preset, ...] = ("motion-director", "tap-release")
"""The presets of MotionDirector and of the release, which are tried first: several presets have the same shapes, and no
known program writes the others.
"""


class LoraPair(NamedTuple):
    """The matrices of one linear layer: out x rank and rank x in."""

    up: Tensor
    down: Tensor


def convert(bundle: Bundle, path: Path, *, preset: str | None = None) -> Adapter:
    """Convert the file to an adapter of the bundle's network; without `preset`, the first preset that fits.

    Raises NotImportable, which says how the file and the network differ.
    """
    pairs = _paired(read(path))
    ranks = _ranks(pairs)
    rank = Counter(ranks).most_common(1)[0][0]
    chosen = preset or detect_preset(bundle.network, pairs)
    names = ordered_targets(bundle.network, chosen)
    if difference := _difference(bundle.network, names, pairs):
        raise NotImportable(f"{path.name} is not a {chosen!r} adapter of this base model: {difference}")
    tensors = {
        f"{adapters.KEY_PREFIX}{name}.lora_{side}.weight": matrix.detach().float().contiguous()
        for name, pair in zip(names, pairs, strict=True)
        for side, matrix in (("A", pair.down), ("B", pair.up))
    }
    origin = {"file": path.name, "sha256": adapter_hash(path)}
    recipe = {"preset": chosen, "rank": rank, "alpha": rank}
    metadata = {"imported": origin, "recipe": recipe, "base": bundle.provenance}
    other_ranks = {name: own for name, own in zip(names, ranks, strict=True) if own != rank}
    config = adapters.make_config(names, rank=rank, alpha=rank, other_ranks=other_ranks)
    return Adapter(config, dict(sorted(tensors.items())), metadata)


def read(path: Path) -> list[Tensor]:
    """The list of matrices in the file, read without running code from it. Raises NotImportable."""
    try:
        # A pickle can run code when it is read; weights_only accepts tensors and plain containers only.
        found: Any = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
    except (pickle.UnpicklingError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise NotImportable(f"{path}: not a list of matrices ({str(error).splitlines()[0]})") from error
    if not isinstance(found, list) or not found:
        raise NotImportable(f"{path}: expected a list of matrices, found {type(found).__name__}")
    for index, matrix in enumerate(found):
        if not isinstance(matrix, Tensor) or matrix.ndim != 2 or not matrix.is_floating_point():
            raise NotImportable(f"{path}: entry {index} is not a matrix")
        if not matrix.isfinite().all():
            raise NotImportable(f"{path}: entry {index} has numbers that are not finite")
    return found


def _paired(matrices: Sequence[Tensor]) -> list[LoraPair]:
    if len(matrices) % 2:
        raise NotImportable(f"{len(matrices)} matrices are not pairs of up and down")
    return [LoraPair(*matrices[index : index + 2]) for index in range(0, len(matrices), 2)]


def _ranks(pairs: Sequence[LoraPair]) -> list[int]:
    """The rank of each pair: MotionDirector's code caps it by the size of the linear layer. Raises NotImportable."""
    for index, pair in enumerate(pairs):
        if pair.up.shape[1] != pair.down.shape[0] or not pair.up.shape[1]:
            raise NotImportable(
                f"pair {index} has no common rank: up is {tuple(pair.up.shape)}, down {tuple(pair.down.shape)}"
            )
    return [pair.up.shape[1] for pair in pairs]


def detect_preset(network: nn.Module, pairs: Sequence[LoraPair]) -> str:
    """The preset whose linear layers match the number and shapes of the pairs. Raises NotImportable."""
    if _fits(network, adapters.SPATIAL, pairs):
        raise NotImportable(
            "this is a spatial adapter, which represents the appearance of the clips and is not used at inference"
        )
    for preset in dict.fromkeys([*EXPORTED_PRESETS, *get_args(Preset)]):
        if _fits(network, preset, pairs):
            return preset
    known = ", ".join(f"{preset} {len(ordered_targets(network, preset))}" for preset in get_args(Preset))
    raise NotImportable(
        f"{len(pairs)} pairs of these shapes match no preset on this base model; pairs of each preset: {known}"
    )


def _fits(network: nn.Module, preset: str, pairs: Sequence[LoraPair]) -> bool:
    try:
        return _difference(network, ordered_targets(network, preset), pairs) is None
    except MotionError:  # a family without a spatial path
        return False


def ordered_targets(network: nn.Module, preset: str) -> list[str]:
    """The preset's linear layers in the order in which the network registers them."""
    wanted = set(adapters.target_modules(network, preset))
    return [name for name, _ in network.named_modules() if name in wanted]


def _difference(network: nn.Module, names: Sequence[str], pairs: Sequence[LoraPair]) -> str | None:
    """The first difference between the pairs and the linear layers, or None."""
    if len(names) != len(pairs):
        return f"it has {len(pairs)} pairs, but {len(names)} linear layers are adapted"
    for name, pair in zip(names, pairs, strict=True):
        linear = network.get_submodule(name)
        shape = pair.up.shape[0], pair.down.shape[1]
        if shape != (linear.out_features, linear.in_features):
            return f"{name} is {linear.out_features} x {linear.in_features} and its pair {shape[0]} x {shape[1]}"
    return None
