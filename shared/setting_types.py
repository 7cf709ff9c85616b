"""Types of settings whose values have a form: a wrong one is reported at the start, by the name of its variable."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

YEAR_SECONDS = 365 * 86_400
MEMORY_BROKER = "memory://"
_BUCKET = re.compile(r"[a-zA-Z0-9._-]{1,255}")
_DATABASE_DRIVERS = ("postgresql+psycopg", "sqlite", "sqlite+pysqlite")


def _check_url(value: str, schemes: tuple[str, ...]) -> str:
    """The URL, if it has one of the schemes and a host. The errors do not repeat the value, which may be secret."""
    try:
        parts = urlsplit(value)
        has_host, _ = bool(parts.hostname), parts.port
    except ValueError:
        has_host, parts = False, urlsplit("")
    if parts.scheme not in schemes or not has_host or not value.isprintable() or " " in value:
        raise ValueError(f"not a URL of the form {schemes[0]}://HOST[:PORT]")
    return value


def _check_http_url(value: str) -> str:
    return _check_url(value, ("https", "http"))


def _check_broker_url(value: str) -> str:
    if value == MEMORY_BROKER:
        return value
    number = urlsplit(_check_url(value, ("redis", "rediss"))).path.strip("/")
    if number and not (number.isascii() and number.isdigit()):
        raise ValueError("the path of a Redis URL is the number of its database, for example redis://HOST:6379/0")
    return value


def _check_database_url(value: str) -> str:
    driver, separator, _ = value.partition("://")
    if not separator or driver not in _DATABASE_DRIVERS or not value.isprintable():
        raise ValueError(
            "not a URL of the form sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST:PORT/DATABASE"
        )
    return value


def _check_storage_url(value: str) -> str:
    scheme, _, place = value.partition(":")
    if scheme == "directory" and place and place.isprintable():
        return value
    if scheme == "s3" and place.startswith("//") and _BUCKET.fullmatch(place.strip("/")):
        return value
    raise ValueError("not of the form directory:PATH or s3://BUCKET, where BUCKET is the name of a bucket alone")


def _check_network(value: str) -> str:
    try:
        ipaddress.ip_network(value)
    except ValueError:
        raise ValueError("not a network in CIDR notation, for example 10.0.0.0/8 without bits of a host") from None
    return value


HttpUrl = Annotated[str, AfterValidator(_check_http_url)]
BrokerUrl = Annotated[str, AfterValidator(_check_broker_url)]
DatabaseUrl = Annotated[str, AfterValidator(_check_database_url)]
StorageUrl = Annotated[str, AfterValidator(_check_storage_url)]
Network = Annotated[str, AfterValidator(_check_network)]
Seconds = Annotated[float, Field(gt=0, le=YEAR_SECONDS)]
