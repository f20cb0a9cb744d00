"""Reports of sanitizers are found in their files, named by what they are about, and told apart by their frames."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.targets.sanitizer import environment, parsed, reports

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
