from typing import Literal

KeyScopesItem = Literal["admin", "generate", "read", "train"]

KEY_SCOPES_ITEM_VALUES: set[KeyScopesItem] = {
    "admin",
    "generate",
    "read",
    "train",
}


def check_key_scopes_item(value: str) -> KeyScopesItem:
    if value in KEY_SCOPES_ITEM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {KEY_SCOPES_ITEM_VALUES!r}")
