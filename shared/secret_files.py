"""Settings by file: `CHOREO_X_FILE` names a file that holds what `CHOREO_X` would, as secrets arrive in containers."""

import os
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

SUFFIX = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """Reads the file of each field that has one, without the newline that editors leave at its end."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the field's file, or None without one.

        Raises:
            ValueError: the variable itself is set as well, or the file cannot be read.
        """
        variable = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        file = os.environ.get(variable + SUFFIX)
        if file is None:
            return None, field_name, False
        if variable in os.environ:
            raise ValueError(f"set {variable} or {variable}{SUFFIX}, not both")
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"{variable}{SUFFIX}: {error}") from error
        return text.removesuffix("\n"), field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, Any]:
        """Every value that is in a file, by field."""
        values: dict[str, Any] = {}
        for name, field in self.settings_cls.model_fields.items():
            text, key, is_complex = self.get_field_value(field, name)
            if text is not None:
                values[key] = self.prepare_field_value(name, field, text, is_complex)
        return values
