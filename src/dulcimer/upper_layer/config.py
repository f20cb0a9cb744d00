"""Limits and times of the upper layer service-provider."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpperLayerConfig:
    """Limits in bytes, times in seconds.

    - `artim_timeout`: how long ARTIM runs (PS3.8 9.1.5 leaves the value open); more than 0.
    - `maximum_associate_length`: greatest PDU-length of an A-ASSOCIATE-RQ or -AC that is taken. 128 contexts
      with 60 transfer syntaxes each stay below the default.
    - `maximum_p_data_length`: greatest PDU-length of a P-DATA-TF that is taken when this end has announced no
      limit of its own (PS3.8 D.1.1: 0).
    """

    artim_timeout: float = 30.0
    maximum_associate_length: int = 1 << 20
    maximum_p_data_length: int = 64 << 20

    def __post_init__(self) -> None:
        for name in ("artim_timeout", "maximum_associate_length", "maximum_p_data_length"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be greater than 0, not {getattr(self, name)}")
