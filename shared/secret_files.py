"""Settings read from files, such as container secrets: `CHOREO_X_FILE` names a file with the value of `CHOREO_X`."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

SUFFIX = "_FILE"


def read_file_of(variable: str) -> str | None:
    """The text of the file that `VARIABLE_FILE` names, without one trailing newline; None if that is not set.

    Raises:
        ValueError: the variable itself is set as well, or the file cannot be read.
    """
    file = os.environ.get(variable + SUFFIX)
    if file is None:
        return None
    if variable in os.environ:
        raise ValueError(f"set {variable} or {variable}{SUFFIX}, not both")
    try:
        return Path(file).read_text(encoding="utf-8").removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{variable}{SUFFIX}: {error}") from error


class SecretFiles(PydanticBaseSettingsSource):
    """The settings source that reads `CHOREO_X_FILE` for each setting."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the field's file or None, the field's name, and whether the text is JSON.

        Raises:
            ValueError: the variable itself is set as well, or the file cannot be read.
        """
        text = read_file_of(f"{self.config.get('env_prefix', '')}{field_name}".upper())
        return text, field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, Any]:
        """The values of all settings that are in files, by field name."""
        values: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            text, key, is_complex = self.get_field_value(field, name)
            if text is not None:
                values[key] = self.prepare_field_value(name, field, text, is_complex)
        return values
