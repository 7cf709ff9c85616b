"""Named choices of the engine that its light half knows too. No torch in here."""

from typing import Literal

ComputeDtype = Literal["auto", "float32", "bfloat16", "float16"]
BaseDtype = ComputeDtype
"""In which precision a base's weights lie in memory; adapters are always float32."""
