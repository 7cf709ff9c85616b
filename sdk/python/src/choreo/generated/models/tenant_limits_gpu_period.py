from typing import Literal

TenantLimitsGpuPeriod = Literal["day", "month"]

TENANT_LIMITS_GPU_PERIOD_VALUES: set[TenantLimitsGpuPeriod] = {
    "day",
    "month",
}


def check_tenant_limits_gpu_period(value: str) -> TenantLimitsGpuPeriod:
    if value in TENANT_LIMITS_GPU_PERIOD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {TENANT_LIMITS_GPU_PERIOD_VALUES!r}")
