"""The upper layer service-provider of PS3.8, without sockets, threads or clocks."""

from dulcimer.upper_layer.config import UpperLayerConfig
from dulcimer.upper_layer.observer import Observer, Observers
from dulcimer.upper_layer.provider import UpperLayer

__all__ = ["Observer", "Observers", "UpperLayer", "UpperLayerConfig"]
