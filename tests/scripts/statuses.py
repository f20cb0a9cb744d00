"""What a status code means: its category, its meaning for a service class, and a status of one's own.

It prints::

    0000H Success
    0001H Warning
    0107H Warning
    0110H Failure
    0211H Failure
    A700H Failure
    A801H Failure
    B000H Warning
    B006H Warning
    C000H Failure
    FE00H Cancel
    FF00H Pending
    FF01H Pending
    Failure True
    Success True
    Failure True
    Pending True
    Cancel True
    True True True
    True
    0xc0fe Failure
    True 1
    no status: -1
    no status: '0000'
"""

from pynetdicom.status import (
    GENERAL_STATUS,
    MODALITY_WORKLIST_SERVICE_CLASS_STATUS,
    QR_FIND_SERVICE_CLASS_STATUS,
    STORAGE_SERVICE_CLASS_STATUS,
    VERIFICATION_SERVICE_CLASS_STATUS,
    Status,
    code_to_category,
    code_to_status,
)

for code in (0x0000, 0x0001, 0x0107, 0x0110, 0x0211, 0xA700, 0xA801, 0xB000, 0xB006, 0xC000, 0xFE00, 0xFF00, 0xFF01):
    print(f"{code:04X}H", code_to_category(code))

for table, code in (
    (GENERAL_STATUS, 0x0122),
    (VERIFICATION_SERVICE_CLASS_STATUS, 0x0000),
    (STORAGE_SERVICE_CLASS_STATUS, 0xA712),
    (QR_FIND_SERVICE_CLASS_STATUS, 0xFF01),
    (MODALITY_WORKLIST_SERVICE_CLASS_STATUS, 0xFE00),
):
    category, meaning = table[code]
    print(category, isinstance(meaning, str))

print(Status.SUCCESS == 0x0000, int(Status.CANCEL) == 0xFE00, Status.PENDING == 0xFF00)
print(Status.MOVE_DESTINATION_UNKNOWN == 0xA801)
Status.add("COFFEE_BREAK", 0xC0FE)
print(hex(Status.COFFEE_BREAK), code_to_category(Status.COFFEE_BREAK))

status = code_to_status(0xB007)
print(status.Status == 0xB007, len(status))
for wrong in (-1, "0000"):
    try:
        code_to_category(wrong)
    except (TypeError, ValueError):
        print("no status:", repr(wrong))
