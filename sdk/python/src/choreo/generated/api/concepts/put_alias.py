from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.alias import Alias
from ...models.alias_put import AliasPut
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    concept_id: str,
    name: str,
    *,
    body: AliasPut,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "put",
        "url": "/v1/concepts/{concept_id}/aliases/{name}".format(
            concept_id=quote(str(concept_id), safe=""),
            name=quote(str(name), safe=""),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Alias | Problem:
    if response.status_code == 200:
        response_200 = Alias.from_dict(response.json())

        return response_200

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


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Alias | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    concept_id: str,
    name: str,
    *,
    client: AuthenticatedClient,
    body: AliasPut,
) -> Response[Alias | Problem]:
    """Set an alias

     Moves an alias to a version, if it still refers to `expected_version` (null: the alias is new).

    A version that does not meet the concept's `quality_gate` is refused, unless `force` is set.

    Args:
        concept_id (str):
        name (str):
        body (AliasPut): Request to point an alias at a version, by compare-and-set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Alias | Problem]
    """

    kwargs = _get_kwargs(
        concept_id=concept_id,
        name=name,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    concept_id: str,
    name: str,
    *,
    client: AuthenticatedClient,
    body: AliasPut,
) -> Alias | Problem | None:
    """Set an alias

     Moves an alias to a version, if it still refers to `expected_version` (null: the alias is new).

    A version that does not meet the concept's `quality_gate` is refused, unless `force` is set.

    Args:
        concept_id (str):
        name (str):
        body (AliasPut): Request to point an alias at a version, by compare-and-set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Alias | Problem
    """

    return sync_detailed(
        concept_id=concept_id,
        name=name,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    concept_id: str,
    name: str,
    *,
    client: AuthenticatedClient,
    body: AliasPut,
) -> Response[Alias | Problem]:
    """Set an alias

     Moves an alias to a version, if it still refers to `expected_version` (null: the alias is new).

    A version that does not meet the concept's `quality_gate` is refused, unless `force` is set.

    Args:
        concept_id (str):
        name (str):
        body (AliasPut): Request to point an alias at a version, by compare-and-set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Alias | Problem]
    """

    kwargs = _get_kwargs(
        concept_id=concept_id,
        name=name,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    concept_id: str,
    name: str,
    *,
    client: AuthenticatedClient,
    body: AliasPut,
) -> Alias | Problem | None:
    """Set an alias

     Moves an alias to a version, if it still refers to `expected_version` (null: the alias is new).

    A version that does not meet the concept's `quality_gate` is refused, unless `force` is set.

    Args:
        concept_id (str):
        name (str):
        body (AliasPut): Request to point an alias at a version, by compare-and-set.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Alias | Problem
    """

    return (
        await asyncio_detailed(
            concept_id=concept_id,
            name=name,
            client=client,
            body=body,
        )
    ).parsed
