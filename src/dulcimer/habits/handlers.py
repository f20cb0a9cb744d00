"""In pynetdicom, this module has the functions that write the log; programs replace some of them to log less.

Here such an assignment has no effect. `LOG_HANDLER_LEVEL`, `LOG_REQUEST_IDENTIFIERS` and `LOG_RESPONSE_IDENTIFIERS` of
`_config` say what is logged, identifiers at level DEBUG only. What handlers of users receive and return is in
`docs/guide/events.md`.
"""
