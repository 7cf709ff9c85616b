from typing import Literal, cast

KeyWithTokenScopesItem = Literal["admin", "generate", "read", "train"]


def check_key_with_token_scopes_item(value: object) -> KeyWithTokenScopesItem:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(KeyWithTokenScopesItem, value)
