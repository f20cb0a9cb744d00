"""Branches are counted once, and those of exceptions are left out."""

from __future__ import annotations

from typing import Any

from benchmarks.branches.counting import Branches, branches_in


def document(*counts: int, throws: bool = False, file: str = "/src/dcmnet/libsrc/dul.cc") -> dict[str, Any]:
    branches = [{"count": count, "throw": throws, "fallthrough": False} for count in counts]
    return {"files": [{"file": file, "lines": [{"line_number": 7, "function_name": "f", "branches": branches}]}]}


def test_branch_is_known_by_its_place() -> None:
    assert dict(branches_in(document(3, 0))) == {
        ("/src/dcmnet/libsrc/dul.cc", "f", 7, 0): 3,
        ("/src/dcmnet/libsrc/dul.cc", "f", 7, 1): 0,
    }


def test_branches_of_exceptions_and_of_the_system_do_not_count() -> None:
    assert not list(branches_in(document(3, throws=True)))
    assert not list(branches_in(document(3, file="/usr/include/c++/12/vector")))


def test_the_same_branch_of_two_runs_counts_once() -> None:
    first, second, third = (("/src/dcmnet/libsrc/dul.cc", "f", 7, place) for place in range(3))
    known = frozenset((first, second, third))
    found = Branches(frozenset((first,)), known) | Branches(frozenset((first, second)), known, 1)
    assert (found.taken, found.known, found.unread) == (frozenset((first, second)), known, 1)
    assert found.by_folder() == {"dcmnet": (2, 3)}
