"""Base models and adapters that stay in memory between jobs; the least recently used one is dropped first."""

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
Value = TypeVar("Value")


class ModelCache:
    """Loads base models and adapters once. The counters are the numbers of loads from disk."""

    def __init__(self, device: torch.device, dtype: torch.dtype = torch.float32) -> None:
        """`dtype` is the dtype of base weights."""
        self.device, self.dtype = device, dtype
        self.base_loads = self.adapter_loads = 0
        self._bases: OrderedDict[Path, Bundle] = OrderedDict()
        self._adapters: OrderedDict[str, Adapter] = OrderedDict()

    def base(self, folder: Path) -> Bundle:
        """The base model in `folder`. Raises NotABaseModel."""

        def load() -> Bundle:
            self.base_loads += 1
            return registry.load(folder, device=self.device, dtype=self.dtype)

        return _get_or_load(self._bases, folder.resolve(), load, MAX_CACHED_BASE_MODELS)

    def adapter(self, path: Path) -> Adapter:
        """The adapter in a file or folder, cached by its hash. Raises NotAnAdapter."""

        def load() -> Adapter:
            self.adapter_loads += 1
            return adapter_files.load_adapter(path)

        return _get_or_load(self._adapters, adapter_files.adapter_hash(path), load, MAX_CACHED_ADAPTERS)

    def clear(self) -> None:
        """Drop all models."""
        self._bases.clear()
        self._adapters.clear()


def _get_or_load(cache: "OrderedDict[Key, Value]", key: Key, load: Callable[[], Value], max_size: int) -> Value:
    if key not in cache:
        while len(cache) >= max_size:
            cache.popitem(last=False)
        cache[key] = load()
    cache.move_to_end(key)
    return cache[key]
