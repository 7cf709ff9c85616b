from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.training_estimate import TrainingEstimate
from ...models.training_job import TrainingJob
from ...models.training_request import TrainingRequest
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    body: TrainingRequest,
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
        "url": "/v1/trainings",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Problem | TrainingEstimate | TrainingJob | TrainingJob:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> TrainingEstimate | TrainingJob:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = TrainingJob.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError(f"response_200 is {type(data).__name__}")
            response_200_type_1 = TrainingEstimate.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 202:
        response_202 = TrainingJob.from_dict(response.json())

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
) -> Response[Problem | TrainingEstimate | TrainingJob | TrainingJob]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: TrainingRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[Problem | TrainingEstimate | TrainingJob | TrainingJob]:
    """Create a training

     Queues a training. When it succeeds, the concept has a new version. A dry run returns an estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (TrainingRequest): Request for a training: an adapter for the motion of one or a few
            clips.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrainingEstimate | TrainingJob | TrainingJob]
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
    body: TrainingRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Problem | TrainingEstimate | TrainingJob | TrainingJob | None:
    """Create a training

     Queues a training. When it succeeds, the concept has a new version. A dry run returns an estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (TrainingRequest): Request for a training: an adapter for the motion of one or a few
            clips.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrainingEstimate | TrainingJob | TrainingJob
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
    body: TrainingRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[Problem | TrainingEstimate | TrainingJob | TrainingJob]:
    """Create a training

     Queues a training. When it succeeds, the concept has a new version. A dry run returns an estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (TrainingRequest): Request for a training: an adapter for the motion of one or a few
            clips.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrainingEstimate | TrainingJob | TrainingJob]
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
    body: TrainingRequest,
    dry_run: bool | Unset = False,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Problem | TrainingEstimate | TrainingJob | TrainingJob | None:
    """Create a training

     Queues a training. When it succeeds, the concept has a new version. A dry run returns an estimate.

    Args:
        dry_run (bool | Unset):  Default: False.
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (TrainingRequest): Request for a training: an adapter for the motion of one or a few
            clips.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrainingEstimate | TrainingJob | TrainingJob
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
