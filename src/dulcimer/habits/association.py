"""Associations and their ends, under the module name of pynetdicom."""

from __future__ import annotations

from dulcimer.ae.blocking.association import Association
from dulcimer.ae.core.party import Party as ServiceUser

__all__ = ["Association", "ServiceUser"]
