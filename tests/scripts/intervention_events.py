"""All 15 intervention events by name, and how one is asked which of the two kinds it is.

It prints::

    EVT_ASYNC_OPS True True False True
    EVT_SOP_COMMON True True False True
    EVT_SOP_EXTENDED True True False True
    EVT_USER_ID True True False True
    EVT_C_ECHO True True False True
    EVT_C_FIND True True False True
    EVT_C_GET True True False True
    EVT_C_MOVE True True False True
    EVT_C_STORE True True False True
    EVT_N_ACTION True True False True
    EVT_N_CREATE True True False True
    EVT_N_DELETE True True False True
    EVT_N_EVENT_REPORT True True False True
    EVT_N_GET True True False True
    EVT_N_SET True True False True
    15
    EVT_C_STORE EVT_RELEASED EVT_C_ECHO
    True False
"""

from pynetdicom import evt

NEGOTIATION = ["ASYNC_OPS", "SOP_COMMON", "SOP_EXTENDED", "USER_ID"]
COMPOSITE = ["C_ECHO", "C_FIND", "C_GET", "C_MOVE", "C_STORE"]
NORMALIZED = ["N_ACTION", "N_CREATE", "N_DELETE", "N_EVENT_REPORT", "N_GET", "N_SET"]
INTERVENTIONS = [f"EVT_{name}" for name in (*NEGOTIATION, *COMPOSITE, *NORMALIZED)]

for name in INTERVENTIONS:
    event = getattr(evt, name)
    print(str(event), event.name == name, event.is_intervention, event.is_notification, bool(event.description))
print(len(INTERVENTIONS))
print(str(evt.EVT_C_STORE), str(evt.EVT_RELEASED), f"{evt.EVT_C_ECHO}")
print(evt.EVT_C_STORE == evt.EVT_C_STORE, evt.EVT_C_STORE == evt.EVT_C_ECHO)
