"""What stays in memory between jobs: bases and adapters, the least recently used leave first."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch

from services.motion.artifacts import adapter_files
from services.motion.artifacts.adapter_files import Adapter
from services.motion.engine.messages import MAX_CACHED_BASE_MODELS
from services.motion.families import registry
from services.motion.families.protocol import Bundle

MAX_CACHED_ADAPTERS = 16

Key = TypeVar("Key")
Item = TypeVar("Item")


class ModelCache:
    """Loads what is asked for, once; the counters say how often it really read a disk."""

    def __init__(self, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        """`dtype` is that of the bases' weights."""
        self.device, self.dtype = device, dtype
        self.base_loads = self.adapter_loads = 0
        self._bases: OrderedDict[Path, Bundle] = OrderedDict()
        self._adapters: OrderedDict[str, Adapter] = OrderedDict()

    def base(self, folder: Path) -> Bundle:
        """The base in `folder`. Raises NotABaseModel."""

        def load() -> Bundle:
            self.base_loads += 1
            return registry.load(folder, device=self.device, dtype=self.dtype)

        return _recall(self._bases, folder.resolve(), load, MAX_CACHED_BASE_MODELS)

    def adapter(self, path: Path) -> Adapter:
        """The adapter in a file or folder, known by its content. Raises NotAnAdapter."""

        def load() -> Adapter:
            self.adapter_loads += 1
            return adapter_files.load_adapter(path)

        return _recall(self._adapters, adapter_files.adapter_hash(path), load, MAX_CACHED_ADAPTERS)

    def clear(self) -> None:
        """Forget everything."""
        self._bases.clear()
        self._adapters.clear()


def _recall(kept: "OrderedDict[Key, Item]", key: Key, load: Callable[[], Item], most: int) -> Item:
    if key not in kept:
        while len(kept) >= most:
            kept.popitem(last=False)
        kept[key] = load()
    kept.move_to_end(key)
    return kept[key]
