"""The generation engine: plan, caller, limiter, journal, gate. Knows no provider, schema, `datasets` or HTTP."""
