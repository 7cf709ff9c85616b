from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.problem import Problem
from ...models.promotion_request import PromotionRequest
from ...models.training_job import TrainingJob
from ...types import UNSET, Response, Unset


def _get_kwargs(
    job_id: str,
    *,
    body: PromotionRequest | Unset = UNSET,
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

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/jobs/{job_id}/promote".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    if not isinstance(body, Unset):
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Problem | TrainingJob:
    if response.status_code == 200:
        response_200 = TrainingJob.from_dict(response.json())

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
) -> Response[Problem | TrainingJob]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: PromotionRequest | Unset = UNSET,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[Problem | TrainingJob]:
    """Make a version from a checkpoint

     Creates a version from a training's checkpoint, whether the training is running or has ended.

    The response is a new, short training that resumes from the checkpoint and ends at its step;
    `retry_of` and
    `promoted_step` name them. A step is promoted once: repeated requests return the same training.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (PromotionRequest | Unset): Request to make a version from a checkpoint of a
            training.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrainingJob]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        body=body,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: PromotionRequest | Unset = UNSET,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Problem | TrainingJob | None:
    """Make a version from a checkpoint

     Creates a version from a training's checkpoint, whether the training is running or has ended.

    The response is a new, short training that resumes from the checkpoint and ends at its step;
    `retry_of` and
    `promoted_step` name them. A step is promoted once: repeated requests return the same training.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (PromotionRequest | Unset): Request to make a version from a checkpoint of a
            training.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrainingJob
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
        body=body,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: PromotionRequest | Unset = UNSET,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[Problem | TrainingJob]:
    """Make a version from a checkpoint

     Creates a version from a training's checkpoint, whether the training is running or has ended.

    The response is a new, short training that resumes from the checkpoint and ends at its step;
    `retry_of` and
    `promoted_step` name them. A step is promoted once: repeated requests return the same training.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (PromotionRequest | Unset): Request to make a version from a checkpoint of a
            training.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Problem | TrainingJob]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
        body=body,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    job_id: str,
    *,
    client: AuthenticatedClient,
    body: PromotionRequest | Unset = UNSET,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Problem | TrainingJob | None:
    """Make a version from a checkpoint

     Creates a version from a training's checkpoint, whether the training is running or has ended.

    The response is a new, short training that resumes from the checkpoint and ends at its step;
    `retry_of` and
    `promoted_step` name them. A step is promoted once: repeated requests return the same training.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):
        body (PromotionRequest | Unset): Request to make a version from a checkpoint of a
            training.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Problem | TrainingJob
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            body=body,
            prefer=prefer,
            idempotency_key=idempotency_key,
            traceparent=traceparent,
        )
    ).parsed
