from http import HTTPStatus
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.delivery_state import DeliveryState
from ...models.page_webhook_delivery import PageWebhookDelivery
from ...models.problem import Problem
from ...types import UNSET, Response, Unset


def _get_kwargs(
    *,
    limit: int | Unset = 20,
    cursor: None | str | Unset = UNSET,
    endpoint: None | str | Unset = UNSET,
    job: None | str | Unset = UNSET,
    state: DeliveryState | None | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    json_cursor: None | str | Unset
    if isinstance(cursor, Unset):
        json_cursor = UNSET
    else:
        json_cursor = cursor
    params["cursor"] = json_cursor

    json_endpoint: None | str | Unset
    if isinstance(endpoint, Unset):
        json_endpoint = UNSET
    else:
        json_endpoint = endpoint
    params["endpoint"] = json_endpoint

    json_job: None | str | Unset
    if isinstance(job, Unset):
        json_job = UNSET
    else:
        json_job = job
    params["job"] = json_job

    json_state: None | str | Unset
    if isinstance(state, Unset):
        json_state = UNSET
    elif isinstance(state, str):
        json_state = state
    else:
        json_state = state
    params["state"] = json_state

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/deliveries",
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> PageWebhookDelivery | Problem:
    if response.status_code == 200:
        response_200 = PageWebhookDelivery.from_dict(response.json())

        return response_200

    if response.status_code == 401:
        response_401 = Problem.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Problem.from_dict(response.json())

        return response_403

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
) -> Response[PageWebhookDelivery | Problem]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: None | str | Unset = UNSET,
    endpoint: None | str | Unset = UNSET,
    job: None | str | Unset = UNSET,
    state: DeliveryState | None | Unset = UNSET,
) -> Response[PageWebhookDelivery | Problem]:
    """List deliveries

     Deliveries to endpoints and to the `webhook_url` of jobs, newest first.

    Args:
        limit (int | Unset):  Default: 20.
        cursor (None | str | Unset):
        endpoint (None | str | Unset):
        job (None | str | Unset):
        state (DeliveryState | None | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PageWebhookDelivery | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        cursor=cursor,
        endpoint=endpoint,
        job=job,
        state=state,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: None | str | Unset = UNSET,
    endpoint: None | str | Unset = UNSET,
    job: None | str | Unset = UNSET,
    state: DeliveryState | None | Unset = UNSET,
) -> PageWebhookDelivery | Problem | None:
    """List deliveries

     Deliveries to endpoints and to the `webhook_url` of jobs, newest first.

    Args:
        limit (int | Unset):  Default: 20.
        cursor (None | str | Unset):
        endpoint (None | str | Unset):
        job (None | str | Unset):
        state (DeliveryState | None | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PageWebhookDelivery | Problem
    """

    return sync_detailed(
        client=client,
        limit=limit,
        cursor=cursor,
        endpoint=endpoint,
        job=job,
        state=state,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: None | str | Unset = UNSET,
    endpoint: None | str | Unset = UNSET,
    job: None | str | Unset = UNSET,
    state: DeliveryState | None | Unset = UNSET,
) -> Response[PageWebhookDelivery | Problem]:
    """List deliveries

     Deliveries to endpoints and to the `webhook_url` of jobs, newest first.

    Args:
        limit (int | Unset):  Default: 20.
        cursor (None | str | Unset):
        endpoint (None | str | Unset):
        job (None | str | Unset):
        state (DeliveryState | None | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PageWebhookDelivery | Problem]
    """

    kwargs = _get_kwargs(
        limit=limit,
        cursor=cursor,
        endpoint=endpoint,
        job=job,
        state=state,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = 20,
    cursor: None | str | Unset = UNSET,
    endpoint: None | str | Unset = UNSET,
    job: None | str | Unset = UNSET,
    state: DeliveryState | None | Unset = UNSET,
) -> PageWebhookDelivery | Problem | None:
    """List deliveries

     Deliveries to endpoints and to the `webhook_url` of jobs, newest first.

    Args:
        limit (int | Unset):  Default: 20.
        cursor (None | str | Unset):
        endpoint (None | str | Unset):
        job (None | str | Unset):
        state (DeliveryState | None | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PageWebhookDelivery | Problem
    """

    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            cursor=cursor,
            endpoint=endpoint,
            job=job,
            state=state,
        )
    ).parsed
