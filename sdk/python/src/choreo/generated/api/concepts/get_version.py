from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.concept_version import ConceptVersion
from ...models.problem import Problem
from ...types import Response


def _get_kwargs(
    concept_id: str,
    version: int,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/concepts/{concept_id}/versions/{version}".format(
            concept_id=quote(str(concept_id), safe=""),
            version=quote(str(version), safe=""),
        ),
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> ConceptVersion | Problem:
    if response.status_code == 200:
        response_200 = ConceptVersion.from_dict(response.json())

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

    if response.status_code == 429:
        response_429 = Problem.from_dict(response.json())

        return response_429

    response_default = Problem.from_dict(response.json())

    return response_default


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ConceptVersion | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    concept_id: str,
    version: int,
    *,
    client: AuthenticatedClient,
) -> Response[ConceptVersion | Problem]:
    """Get a version

     One immutable version: its adapter (a fresh URL), base model, recipe, clips and metrics.

    Args:
        concept_id (str):
        version (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConceptVersion | Problem]
    """

    kwargs = _get_kwargs(
        concept_id=concept_id,
        version=version,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    concept_id: str,
    version: int,
    *,
    client: AuthenticatedClient,
) -> ConceptVersion | Problem | None:
    """Get a version

     One immutable version: its adapter (a fresh URL), base model, recipe, clips and metrics.

    Args:
        concept_id (str):
        version (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConceptVersion | Problem
    """

    return sync_detailed(
        concept_id=concept_id,
        version=version,
        client=client,
    ).parsed


async def asyncio_detailed(
    concept_id: str,
    version: int,
    *,
    client: AuthenticatedClient,
) -> Response[ConceptVersion | Problem]:
    """Get a version

     One immutable version: its adapter (a fresh URL), base model, recipe, clips and metrics.

    Args:
        concept_id (str):
        version (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConceptVersion | Problem]
    """

    kwargs = _get_kwargs(
        concept_id=concept_id,
        version=version,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    concept_id: str,
    version: int,
    *,
    client: AuthenticatedClient,
) -> ConceptVersion | Problem | None:
    """Get a version

     One immutable version: its adapter (a fresh URL), base model, recipe, clips and metrics.

    Args:
        concept_id (str):
        version (int):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConceptVersion | Problem
    """

    return (
        await asyncio_detailed(
            concept_id=concept_id,
            version=version,
            client=client,
        )
    ).parsed
