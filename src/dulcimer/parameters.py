"""Objects with checked attributes, such as the primitives that users fill in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

from pydicom.uid import UID

from dulcimer.counting import counted
from dulcimer.values import UidLike, set_uid

Got = TypeVar("Got")
Given = TypeVar("Given")


class Parameter(Generic[Got, Given]):
    """An attribute that `check` converts and checks; `default` makes its initial value, `doc` is its docstring."""

    def __init__(self, check: Callable[[Given, str], Got], default: Callable[[], Got], doc: str = "") -> None:
        self.__doc__ = doc or type(self).__doc__
        self.check = check
        self.default = default
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Note the attribute's name."""
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type) -> Got: ...
    def __get__(self, instance: object | None, owner: type) -> Self | Got:
        """The value."""
        if instance is None:
            return self
        value: Got = vars(instance)[self.name]
        return value

    def __set__(self, instance: object, value: Given) -> None:
        """Check the value and keep it."""
        vars(instance)[self.name] = self.check(value, self.name)


class Primitive:
    """Base of classes with `Parameter`s; objects are equal if all their parameters are."""

    parameters: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """Collect the parameters."""
        super().__init_subclass__()
        cls.parameters = tuple(name for name, value in vars(cls).items() if isinstance(value, Parameter))

    def __init__(self) -> None:
        kind = type(self)
        for name in self.parameters:
            vars(self)[name] = vars(kind)[name].default()

    @classmethod
    def taken(cls, **values: Any) -> Self:
        """An object with these values, which a peer sent and which are not checked."""
        made = cls()
        vars(made).update(values)
        return made

    def __eq__(self, other: object) -> bool:
        """Whether class and values are equal."""
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # because it is mutable

    def __str__(self) -> str:
        """The class, then a line for each parameter."""
        lines = (f"  {name.replace('_', ' ')}: {self._shown(name)}" for name in self.parameters)
        return "\n".join([type(self).__name__, *lines])

    def _shown(self, name: str) -> str:
        value = vars(self)[name]
        return counted(len(value), "byte") if isinstance(value, bytes) else str(value)


def parameter(check: Callable[[Given, str], Got], default: Got, doc: str = "") -> Parameter[Got, Given]:
    """A parameter whose initial value is `default`, an immutable object."""
    return Parameter(check, lambda: default, doc)


def number(low: int, high: int) -> Callable[[int, str], int]:
    """The check for an int from `low` to `high`."""

    def check(value: int, name: str) -> int:
        if not isinstance(value, int):
            raise TypeError(f"{name!r} must be an int, not {type(value).__name__!r}")
        if not low <= value <= high:
            raise ValueError(f"{name!r} must be from {low} to {high}, not {value}")
        return value

    return check


def one_of(*choices: int) -> Callable[[int | None, str], int | None]:
    """The check for one of some numbers, or None."""

    def check(value: int | None, name: str) -> int | None:
        if value is None:
            return None
        if not isinstance(value, int):
            raise TypeError(f"{name!r} must be an int or None, not {type(value).__name__!r}")
        if value not in choices:
            raise ValueError(f"{name!r} must be one of {', '.join(map(str, choices))} or None, not {value}")
        return value

    return check


def uid(value: UidLike, name: str) -> UID | None:
    """The check for a UID or None."""
    return set_uid(value, name)


def octets(value: bytes | None, name: str) -> bytes | None:
    """The check for bytes or None."""
    if value is not None and not isinstance(value, bytes):
        raise TypeError(f"{name!r} must be bytes or None, not {type(value).__name__!r}")
    return value


def flag(value: bool, name: str) -> bool:
    """The check for True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{name!r} must be bool, not {type(value).__name__!r}")
    return value


def role(value: bool | None, name: str) -> bool | None:
    """The check for True, False or None."""
    return None if value is None else flag(value, name)


def uids(values: list[Any], name: str) -> list[UID]:
    """The check for a list of UIDs."""
    if not isinstance(values, list):
        raise TypeError(f"{name!r} must be a list of UIDs, not {type(values).__name__!r}")
    found = [set_uid(value, name, allow_empty=False, allow_none=False) for value in values]
    return [value for value in found if value is not None]


def required(value: Got | None, name: str) -> Got:
    """The value; raises ValueError if it is None."""
    if value is None:
        raise ValueError(f"{name!r} must be set before it can be negotiated")
    return value
