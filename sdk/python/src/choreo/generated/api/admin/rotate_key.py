from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.key_with_token import KeyWithToken
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    key_id: str,
    *,
    overlap_seconds: int | Unset = 86400,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    params: dict[str, Any] = {}

    params["overlap_seconds"] = overlap_seconds

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/admin/keys/{key_id}/rotate".format(
            key_id=quote(str(key_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> KeyWithToken | Problem:
    if response.status_code == 201:
        response_201 = KeyWithToken.from_dict(response.json())

        return response_201

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Problem.from_dict(response.json())

        return response_404

    if response.status_code == 409:
        response_409 = Problem.from_dict(response.json())

        return response_409

    if response.status_code == 413:
        response_413 = Problem.from_dict(response.json())

        return response_413

    if response.status_code == 422:
        response_422 = Problem.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[KeyWithToken | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    key_id: str,
    *,
    client: AuthenticatedClient,
    overlap_seconds: int | Unset = 86400,
    idempotency_key: str | Unset = UNSET,
) -> Response[KeyWithToken | Problem]:
    """Rotate a key

     Creates a new key with the same properties. The old key expires after `overlap_seconds`, by default
    one day.

    Args:
        key_id (str):
        overlap_seconds (int | Unset):  Default: 86400.
        idempotency_key (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[KeyWithToken | Problem]
    """

    kwargs = _get_kwargs(
        key_id=key_id,
        overlap_seconds=overlap_seconds,
        idempotency_key=idempotency_key,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    key_id: str,
    *,
    client: AuthenticatedClient,
    overlap_seconds: int | Unset = 86400,
    idempotency_key: str | Unset = UNSET,
) -> KeyWithToken | Problem | None:
    """Rotate a key

     Creates a new key with the same properties. The old key expires after `overlap_seconds`, by default
    one day.

    Args:
        key_id (str):
        overlap_seconds (int | Unset):  Default: 86400.
        idempotency_key (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        KeyWithToken | Problem
    """

    return sync_detailed(
        key_id=key_id,
        client=client,
        overlap_seconds=overlap_seconds,
        idempotency_key=idempotency_key,
    ).parsed


async def asyncio_detailed(
    key_id: str,
    *,
    client: AuthenticatedClient,
    overlap_seconds: int | Unset = 86400,
    idempotency_key: str | Unset = UNSET,
) -> Response[KeyWithToken | Problem]:
    """Rotate a key

     Creates a new key with the same properties. The old key expires after `overlap_seconds`, by default
    one day.

    Args:
        key_id (str):
        overlap_seconds (int | Unset):  Default: 86400.
        idempotency_key (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[KeyWithToken | Problem]
    """

    kwargs = _get_kwargs(
        key_id=key_id,
        overlap_seconds=overlap_seconds,
        idempotency_key=idempotency_key,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    key_id: str,
    *,
    client: AuthenticatedClient,
    overlap_seconds: int | Unset = 86400,
    idempotency_key: str | Unset = UNSET,
) -> KeyWithToken | Problem | None:
    """Rotate a key

     Creates a new key with the same properties. The old key expires after `overlap_seconds`, by default
    one day.

    Args:
        key_id (str):
        overlap_seconds (int | Unset):  Default: 86400.
        idempotency_key (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        KeyWithToken | Problem
    """

    return (
        await asyncio_detailed(
            key_id=key_id,
            client=client,
            overlap_seconds=overlap_seconds,
            idempotency_key=idempotency_key,
        )
    ).parsed
