from typing import Literal, cast

TenantLimitsGpuPeriod = Literal["day", "month"]


def check_tenant_limits_gpu_period(value: object) -> TenantLimitsGpuPeriod:
    """Values that a newer service added are kept as they are."""
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} instead of str")
    return cast(TenantLimitsGpuPeriod, value)
