"""The exact prompts that inject a fault where `CHOREO_FAULT_INJECTION` is on (docs/fault-injection.md)."""

OUT_OF_MEMORY = "choreo rehearsal: out of memory"
TIMEOUT = "choreo rehearsal: timeout"
MODERATION = "choreo rehearsal: moderation"
ENGINE_CRASH = "choreo rehearsal: engine crash"
STORAGE_FAILURE = "choreo rehearsal: storage failure"
CANCELED = "choreo rehearsal: canceled"
