"""Verification Service Class (PS3.4 A)."""

from __future__ import annotations

from dulcimer._generated.services import SERVICE_CLASSES

VERIFICATION = SERVICE_CLASSES["Verification"].sop_classes[0].uid
