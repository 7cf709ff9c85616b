from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.generation_estimate import GenerationEstimate
from ...models.generation_job import GenerationJob
from ...models.generation_request import GenerationRequest
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: GenerationRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if not isinstance(prefer, Unset):
        headers["prefer"] = prefer

    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    if not isinstance(traceparent, Unset):
        headers["traceparent"] = traceparent

    params: dict[str, Any] = {}

    params["dry_run"] = dry_run

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/generations",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GenerationEstimate | GenerationJob | GenerationJob | Problem:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> GenerationEstimate | GenerationJob:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = GenerationJob.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError(f"response_200 is {type(data).__name__}")
            response_200_type_1 = GenerationEstimate.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = GenerationJob.from_dict(response.json())

        return response_202

    if response.status_code == 400:
        response_400 = Problem.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[GenerationEstimate | GenerationJob | GenerationJob | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: GenerationRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[GenerationEstimate | GenerationJob | GenerationJob | Problem]:
    """Create a generation

     Queues a generation; `result.video.url` is the video once it has succeeded. A dry run returns an
    estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (GenerationRequest): Request for a generation: one video of a prompt, with the motion
            of a concept.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GenerationEstimate | GenerationJob | GenerationJob | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        dry_run=dry_run,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    body: GenerationRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> GenerationEstimate | GenerationJob | GenerationJob | Problem | None:
    """Create a generation

     Queues a generation; `result.video.url` is the video once it has succeeded. A dry run returns an
    estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (GenerationRequest): Request for a generation: one video of a prompt, with the motion
            of a concept.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GenerationEstimate | GenerationJob | GenerationJob | Problem
    """

    return sync_detailed(
        client=client,
        body=body,
        dry_run=dry_run,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: GenerationRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[GenerationEstimate | GenerationJob | GenerationJob | Problem]:
    """Create a generation

     Queues a generation; `result.video.url` is the video once it has succeeded. A dry run returns an
    estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (GenerationRequest): Request for a generation: one video of a prompt, with the motion
            of a concept.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GenerationEstimate | GenerationJob | GenerationJob | Problem]
    """

    kwargs = _get_kwargs(
        body=body,
        dry_run=dry_run,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: GenerationRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> GenerationEstimate | GenerationJob | GenerationJob | Problem | None:
    """Create a generation

     Queues a generation; `result.video.url` is the video once it has succeeded. A dry run returns an
    estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (GenerationRequest): Request for a generation: one video of a prompt, with the motion
            of a concept.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GenerationEstimate | GenerationJob | GenerationJob | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            dry_run=dry_run,
            prefer=prefer,
            idempotency_key=idempotency_key,
            traceparent=traceparent,
        )
    ).parsed
