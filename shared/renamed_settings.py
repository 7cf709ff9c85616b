"""Settings under their former names, which are accepted for one release with a warning."""

import logging
import os
from collections.abc import Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from shared.secret_files import SUFFIX, read_file_of

log = logging.getLogger(__name__)


class RenamedVariables(PydanticBaseSettingsSource):
    """The settings source that reads the variables of former names, themselves or by file.

    `former_names` maps the present name of a field to its former one.
    """

    def __init__(self, settings_cls: type[BaseSettings], former_names: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._former_names = former_names

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the field's former variable or None, the field's name, and whether the text is JSON.

        Raises:
            ValueError: the present variable is set as well, or the file that holds the value cannot be read.
        """
        present, former = self._variable(field_name), self._variable(self._former_names[field_name])
        text = read_file_of(former)
        if text is None:
            text = os.environ.get(former)
        if text is not None:
            if {present, present + SUFFIX} & os.environ.keys():
                raise ValueError(f"set {present} or {former} (its former name), not both")
            log.warning("%s is now called %s; the next release will refuse the former name", former, present)
        return text, field_name, self.field_is_complex(field)

    def _variable(self, field_name: str) -> str:
        return f"{self.config.get('env_prefix', '')}{field_name}".upper()

    def __call__(self) -> dict[str, Any]:
        """The values of all settings that are set by a former name, by their present name."""
        values: dict[str, Any] = {}
        for name in self._former_names:
            field = self.settings_cls.model_fields[name]
            text, key, is_complex = self.get_field_value(field, name)
            if text is not None:
                values[key] = self.prepare_field_value(name, field, text, is_complex)
        return values
