from typing import Literal

KeyWithTokenScopesItem = Literal["admin", "generate", "read", "train"]

KEY_WITH_TOKEN_SCOPES_ITEM_VALUES: set[KeyWithTokenScopesItem] = {
    "admin",
    "generate",
    "read",
    "train",
}


def check_key_with_token_scopes_item(value: str) -> KeyWithTokenScopesItem:
    if value in KEY_WITH_TOKEN_SCOPES_ITEM_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {KEY_WITH_TOKEN_SCOPES_ITEM_VALUES!r}")
