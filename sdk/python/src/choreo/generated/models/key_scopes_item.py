from typing import Literal, cast

KeyScopesItem = Literal["admin", "generate", "read", "train"]


def check_key_scopes_item(value: object) -> KeyScopesItem:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(KeyScopesItem, value)
