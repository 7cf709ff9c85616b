"""In which precision a base's weights lie in memory, and its network computes; adapters are always float32."""

from typing import Literal

Precision = Literal["auto", "float32", "bfloat16", "float16"]
