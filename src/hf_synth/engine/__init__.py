"""The generation engine: plan, caller, limiter, journal, gate. Knows no provider, no schema, no `datasets` and no HTTP."""
