from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ...client import AuthenticatedClient, Client
from ...models.evaluation_job import EvaluationJob
from ...models.generation_job import GenerationJob
from ...models.other_job import OtherJob
from ...models.problem import Problem
from ...models.training_job import TrainingJob
from ...types import UNSET, Response, Unset


def _get_kwargs(
    job_id: str,
    *,
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
        "url": "/v1/jobs/{job_id}/retry".format(
            job_id=quote(str(job_id), safe=""),
        ),
    }

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> EvaluationJob | GenerationJob | OtherJob | TrainingJob:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = TrainingJob.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_1 = GenerationJob.from_dict(data)

                return response_200_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_2 = EvaluationJob.from_dict(data)

                return response_200_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError(f"response_200 is {type(data).__name__}")
            if data.get("kind") == "training":
                raise ValueError(f"'training' is malformed")
            if data.get("kind") == "generation":
                raise ValueError(f"'generation' is malformed")
            if data.get("kind") == "evaluation":
                raise ValueError(f"'evaluation' is malformed")
            response_200_type_3 = OtherJob.from_dict(data)

            return response_200_type_3

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 202:

        def _parse_response_202(data: object) -> EvaluationJob | GenerationJob | OtherJob | TrainingJob:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_202_type_0 = TrainingJob.from_dict(data)

                return response_202_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_202_type_1 = GenerationJob.from_dict(data)

                return response_202_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_202_type_2 = EvaluationJob.from_dict(data)

                return response_202_type_2
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError(f"response_202 is {type(data).__name__}")
            if data.get("kind") == "training":
                raise ValueError(f"'training' is malformed")
            if data.get("kind") == "generation":
                raise ValueError(f"'generation' is malformed")
            if data.get("kind") == "evaluation":
                raise ValueError(f"'evaluation' is malformed")
            response_202_type_3 = OtherJob.from_dict(data)

            return response_202_type_3

        response_202 = _parse_response_202(response.json())

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
) -> Response[EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem]:
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
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem]:
    """Retry a job

     Creates a new job with the resolved spec of a failed or canceled one; `retry_of` names the original.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
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
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem | None:
    """Retry a job

     Creates a new job with the resolved spec of a failed or canceled one; `retry_of` names the original.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem
    """

    return sync_detailed(
        job_id=job_id,
        client=client,
        prefer=prefer,
        idempotency_key=idempotency_key,
        traceparent=traceparent,
    ).parsed


async def asyncio_detailed(
    job_id: str,
    *,
    client: AuthenticatedClient,
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> Response[EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem]:
    """Retry a job

     Creates a new job with the resolved spec of a failed or canceled one; `retry_of` names the original.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem]
    """

    kwargs = _get_kwargs(
        job_id=job_id,
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
    prefer: str | Unset = UNSET,
    idempotency_key: str | Unset = UNSET,
    traceparent: str | Unset = UNSET,
) -> EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem | None:
    """Retry a job

     Creates a new job with the resolved spec of a failed or canceled one; `retry_of` names the original.

    Args:
        job_id (str):
        prefer (str | Unset):
        idempotency_key (str | Unset):
        traceparent (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        EvaluationJob | GenerationJob | OtherJob | TrainingJob | Problem
    """

    return (
        await asyncio_detailed(
            job_id=job_id,
            client=client,
            prefer=prefer,
            idempotency_key=idempotency_key,
            traceparent=traceparent,
        )
    ).parsed
