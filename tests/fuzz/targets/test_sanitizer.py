"""Reports of sanitizers are found in their files, named by what they are about, and told apart by their frames."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.targets.sanitizer import environment, is_complete, parsed, reports

USE_AFTER_FREE = b"""\
=================================================================
==4242==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55d0c bp 0x7ffd sp 0x7ffd
READ of size 1 at 0x602000000010 thread T0
    #0 0x7f3a7 in __interceptor_memcpy (/lib/libasan.so.8+0x6f3a7)
    #1 0x55d0b in end_association /src/server.c:120:9
    #2 0x55e1c in serve /src/server.c:201:5
    #3 0x55f2d in main /src/server.c:260:3
    #4 0x7f0de in __libc_start_main (/lib/libc.so.6+0x240de)
"""
LEAK = b"""\
==77==ERROR: LeakSanitizer: detected memory leaks

Direct leak of 64 byte(s) in 1 object(s) allocated from:
    #0 0x7f1 in malloc (/lib/libasan.so.8+0xb4)
    #1 0x55a in copy_item /src/items.c:31:12
"""
UNDEFINED = b"/src/pdv.c:44:20: runtime error: unsigned integer overflow: 1 - 2 cannot be represented\n"


def test_use_after_free_is_named_with_the_frames_of_the_target() -> None:
    found = parsed(USE_AFTER_FREE)
    assert found is not None
    assert found.what == "AddressSanitizer: heap-use-after-free"
    assert found.frames == ("end_association", "serve", "main")


@pytest.mark.parametrize("first", [b"read_item", b"read_sequence", b"read_tag"])
def test_recursion_without_end_is_named_by_those_that_call_each_other(first: bytes) -> None:
    """Which function meets the end of the stack is chance."""
    frames = [first, *[b"read_item", b"read_sequence"] * 3, b"serve", b"main"]
    lines = b"".join(b"    #%d 0x55d0b in %b /src/server.c:%d\n" % (at, name, at) for at, name in enumerate(frames))
    found = parsed(
        b"==1==ERROR: AddressSanitizer: stack-overflow on address 0x7ffd (pc 0x5 bp 0x7 sp 0x7 T1)\n" + lines
    )
    assert found is not None
    assert found.what == "AddressSanitizer: stack-overflow"
    assert found.frames == ("read_item", "read_sequence")


def test_report_is_complete_with_its_last_line(tmp_path: Path) -> None:
    assert is_complete(tmp_path)
    path = tmp_path / "sanitizer.1"
    path.write_bytes(b"==1==WARNING: an option is not known\n")
    assert is_complete(tmp_path)
    path.write_bytes(USE_AFTER_FREE)
    assert not is_complete(tmp_path)
    path.write_bytes(USE_AFTER_FREE + b"SUMMARY: AddressSanitizer: heap-use-after-free /src/server.c:120 in end\n")
    assert is_complete(tmp_path)


def test_leak_and_undefined_behaviour_are_named() -> None:
    leak, undefined = parsed(LEAK), parsed(UNDEFINED)
    assert leak is not None
    assert undefined is not None
    assert (leak.what, leak.frames) == ("LeakSanitizer: detected memory leaks", ("copy_item",))
    assert undefined.what.startswith("UndefinedBehaviorSanitizer: unsigned integer overflow")


def test_each_report_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "sanitizer.1").write_bytes(USE_AFTER_FREE)
    (tmp_path / "sanitizer.2").write_bytes(LEAK)
    (tmp_path / "sanitizer.3").write_bytes(b"==1==")
    assert [found.what.partition(":")[0] for found in reports(tmp_path)] == ["AddressSanitizer", "LeakSanitizer"]
    assert list(reports(tmp_path)) == []
    assert [path.name for path in tmp_path.iterdir()] == ["sanitizer.3"]


def test_options_of_the_user_are_kept(tmp_path: Path) -> None:
    found = environment(tmp_path, {"ASAN_OPTIONS": "detect_leaks=0"})
    assert found["ASAN_OPTIONS"].startswith("detect_leaks=0:log_path=")
    assert found["UBSAN_OPTIONS"].startswith(f"log_path={tmp_path}")


@given(st.binary() | st.binary().map(lambda data: b"ERROR: AddressSanitizer: x\n" + data))
def test_any_bytes_are_read(data: bytes) -> None:
    found = parsed(data)
    assert (found is not None) == (b"ERROR: AddressSanitizer: x" in data)
