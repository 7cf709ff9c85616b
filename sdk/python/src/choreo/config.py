"""The service's URL and key: from arguments, the environment, or a local service's file."""

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple, cast

import httpx

from choreo.errors import NotConfigured

BASE_URL, API_KEY, WEBHOOK_SECRET = "CHOREO_BASE_URL", "CHOREO_API_KEY", "CHOREO_WEBHOOK_SECRET"
FOLDER = Path(".choreo")
FILE = "local.json"
_HOST = re.compile(rb"[\w-]{1,63}(\.[\w-]{1,63})*\.?|[0-9A-Fa-f:.]+(%[\w.-]+)?")
"""A name in ASCII or an address, without brackets."""


class Config(NamedTuple):
    """A service's URL and key, and where they were configured."""

    base_url: str
    api_key: str
    source: str
    webhook_secret: str | None = None
    pid: int | None = None


def from_arguments(base_url: str | None, api_key: str | None) -> Config:
    """URL and key from arguments, otherwise from the environment.

    Raises:
        NotConfigured: one of the two is missing or malformed.
    """
    url, key = base_url or os.environ.get(BASE_URL), api_key or os.environ.get(API_KEY)
    missing = [name for name, value in ((BASE_URL, url), (API_KEY, key)) if not value]
    if not url or not key:
        raise NotConfigured(f"{' and '.join(missing)} not set: pass base_url and api_key, or set the variables")
    source = "arguments" if base_url and api_key else "the environment" if not base_url and not api_key else "both"
    return _checked(Config(url, key, source, os.environ.get(WEBHOOK_SECRET)))


def from_file(folder: Path = FOLDER) -> Config:
    """URL and key of the service on this machine (`make up`).

    Raises:
        NotConfigured: the file does not exist or is malformed.
    """
    file = folder / FILE
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
        fields = cast("dict[str, Any]", found)
        url, key = fields["base_url"], fields["api_key"]
        return _checked(Config(url, key, str(file), fields.get("webhook_secret"), fields.get("pid")))
    except FileNotFoundError as error:
        raise NotConfigured(f"{file} does not exist: no service has been started here with `make up`") from error
    except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError) as error:
        raise NotConfigured(f"{file} has no base_url and api_key: {error!r}") from error


def http_url(text: str) -> httpx.URL:
    """The URL of an HTTP server. Raises ValueError."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, UnicodeError) as error:
        raise ValueError(f"{text!r} is not a URL: {error}") from error
    if url.scheme not in {"http", "https"} or not _HOST.fullmatch(url.raw_host):
        raise ValueError(f"{text!r} is not the URL of a server: it starts with http:// or https:// and a host name")
    return url


def _checked(config: Config) -> Config:
    """The configuration without white space around the URL and the key. Raises NotConfigured."""
    text, key = config.base_url.strip(), config.api_key.strip()
    try:
        http_url(text)
    except ValueError as error:
        raise NotConfigured(str(error)) from error
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise NotConfigured("the API key has characters that no key has")
    return config._replace(base_url=text.rstrip("/"), api_key=key)
