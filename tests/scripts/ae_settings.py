"""An application entity, its title, its times in seconds and its limits.

It prints::

    WORKSTATION_7
    READING_ROOM
    acse_timeout 30
    dimse_timeout 30
    network_timeout 60
    connection_timeout None
    5 None 12.5 2
    10 False []
    3 32768 True ['CT_ROOM_1', 'MR_ROOM_2']
    []
    refused: 0 characters
    refused: 28 characters
    refused: 10 characters
    refused: a number
    READING_ROOM
"""

from pynetdicom import AE

ae = AE(ae_title="WORKSTATION_7")
print(ae.ae_title)
ae.ae_title = "READING_ROOM"
print(ae.ae_title)

for name in ("acse_timeout", "dimse_timeout", "network_timeout", "connection_timeout"):
    print(name, getattr(ae, name))
ae.acse_timeout = 5
ae.dimse_timeout = None
ae.network_timeout = 12.5
ae.connection_timeout = 2
print(ae.acse_timeout, ae.dimse_timeout, ae.network_timeout, ae.connection_timeout)

print(ae.maximum_associations, ae.require_called_aet, ae.require_calling_aet)
ae.maximum_associations = 3
ae.maximum_pdu_size = 32768
ae.require_called_aet = True
ae.require_calling_aet = ["CT_ROOM_1", "MR_ROOM_2"]
print(ae.maximum_associations, ae.maximum_pdu_size, ae.require_called_aet, ae.require_calling_aet)
print(ae.active_associations)

for value in ("", "A TITLE OF MORE THAN SIXTEEN", "BACK\\SLASH"):
    try:
        ae.ae_title = value
    except ValueError:
        print("refused:", len(value), "characters")
try:
    ae.ae_title = 17
except TypeError:
    print("refused: a number")
print(ae.ae_title)
