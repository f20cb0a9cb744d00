"""Limits and times of the upper layer service-provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from dulcimer.limits import DEFAULTS, Limits


@dataclass(frozen=True, slots=True)
class UpperLayerConfig:
    """Limits in bytes, times in seconds.

    - `artim_timeout`: how long ARTIM runs (PS3.8 9.1.5 leaves the value open); more than 0.
    - `maximum_associate_length`: maximum PDU-length of a received A-ASSOCIATE-RQ or -AC.
    - `maximum_associate_items`: maximum number of items and sub-items in one of them.
    - `maximum_p_data_length`: maximum PDU-length of a received P-DATA-TF if this end has announced no
      limit (PS3.8 D.1.1: 0).
    - `maximum_pdvs`: maximum number of presentation data values in one P-DATA-TF, all of one message (PS3.8 E.1).
    - `maximum_aborts`: how many A-ABORTs are sent to a peer that keeps sending invalid PDUs (AA-7 in Sta13).

    A PDU beyond a limit is invalid (Evt19).
    """

    artim_timeout: float = 30.0
    maximum_associate_length: int = DEFAULTS.association_length
    maximum_associate_items: int = DEFAULTS.association_items
    maximum_p_data_length: int = 64 << 20
    maximum_pdvs: int = DEFAULTS.fragments
    maximum_aborts: int = DEFAULTS.aborts

    @classmethod
    def of(cls, limits: Limits, artim_timeout: float) -> Self:
        """The configuration for these limits of a server or an entity."""
        return cls(
            artim_timeout=artim_timeout,
            maximum_associate_length=limits.association_length,
            maximum_associate_items=limits.association_items,
            maximum_pdvs=limits.fragments,
            maximum_aborts=limits.aborts,
        )

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            if not value > 0:
                raise ValueError(f"{name} must be greater than 0, not {value}")
