"""Where pynetdicom has the functions that write its log: programs replace some of them, to have less of it.

Here such an assignment has no effect. `LOG_HANDLER_LEVEL`, `LOG_REQUEST_IDENTIFIERS` and `LOG_RESPONSE_IDENTIFIERS` of
`_config` say what is logged, identifiers at level DEBUG only. What handlers of users receive and return is in
`docs/guide/events.md`.
"""
