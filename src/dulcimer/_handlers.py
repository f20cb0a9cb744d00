"""Where pynetdicom has the functions that write its log: programs replace some of them, to have less of it.

Here such an assignment has no effect: `_config.LOG_HANDLER_LEVEL`, `LOG_REQUEST_IDENTIFIERS` and `LOG_RESPONSE_IDENTIFIERS`
say what is logged, and identifiers are logged at level DEBUG only. `docs/guide/events.md` says what handlers of users are
given and return.
"""
