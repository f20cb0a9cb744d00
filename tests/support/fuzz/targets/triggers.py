"""For each broken server the least that triggers its fault, written by hand: whether the fault shows."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

from support.fuzz.targets.octets import (
    AC,
    APPLICATION_CONTEXT,
    DATA,
    NO_DATA_SET,
    RELEASE_RP,
    RELEASE_RQ,
    VERIFICATION,
    abort,
    command_bytes,
    item,
    p_data,
    pdu,
)
from support.fuzz.targets.running import (
    ECHO_CONTEXT,
    EXPLICIT_CONTEXT,
    SANITIZER,
    SILENCE,
    STORE_CONTEXT,
    Running,
    comes_about,
    context,
    echo,
    find_command,
    identifier,
    instance_data,
    release,
    request,
    store_command,
)

Trigger = Callable[[Running], bool]
TIMES = 20
"""How often something is done that leaks each time."""
_LEAKED_KIB = 60 * TIMES
_SLOTS = 8
_SHORT_ARTIM = 0.4
_DEEP = 60
OPTIONS = {"artim-restarted": ("--artim", str(_SHORT_ARTIM))}


def _crashes(server: Running, *data: bytes, is_associated: bool = True) -> bool:
    """Whether the process ends after these bytes."""
    with contextlib.suppress(ConnectionError), server.associate() if is_associated else server.connect() as connection:
        connection.send(*data)
        connection.rest()
    status = server.end_status()
    assert status is None or status == -signal.SIGSEGV or SANITIZER in server.log(), server.log()
    return status is not None


def _leaks(server: Running, *data: bytes) -> bool:
    """Whether memory grows with each connection on which these bytes come."""

    def often() -> None:
        for _ in range(TIMES):
            with server.connect() as connection:
                connection.send(*data)
                connection.next()

    often()
    before = server.in_status("VmRSS")
    often()
    return server.in_status("VmRSS") - before > _LEAKED_KIB


def _leak_doubled_item(server: Running) -> bool:
    return _leaks(server, request(user=item(0x55, b"A") + item(0x55, b"B")))


def _leak_on_error_path(server: Running) -> bool:
    contexts = b"".join(context(number, VERIFICATION) for number in range(1, 41, 2))
    return _leaks(server, request(contexts=contexts + b"\x20\0\xff\xff"))


def _allocates_declared_length(server: Running) -> bool:
    with server.associate() as connection:
        connection.send(b"\4\0\x10\0\0\0")
        connection.next()
        return server.in_status("VmHWM") > 200 << 10


def _ac_in_find(server: Running) -> bool:
    answer = pdu(AC, b"\0\1\0\0" + bytes(64) + item(0x10, APPLICATION_CONTEXT) + item(0x50, b""))
    return _crashes(server, find_command(), identifier(), answer)


def _crash_in_child(server: Running) -> bool:
    with server.connect() as connection:
        connection.send(request(user=item(0x55, b"SEVENTEEN LETTERS")))
        is_gone = connection.next() == b""
    assert server.end_status() is None
    assert server.echoes()
    return is_gone


def _endless_zero_item(server: Running) -> bool:
    with server.connect() as connection:
        connection.send(request(user=item(0x5F, b"")))
        connection.socket.settimeout(SILENCE)
        with contextlib.suppress(TimeoutError):
            connection.next()
    return not server.echoes(SILENCE)


def _descriptor_after_abort(server: Running) -> bool:
    before = server.descriptors()
    for _ in range(TIMES):
        with server.associate() as connection:
            connection.send(abort(2, 0))
            assert connection.next() == b""
    return not comes_about(lambda: server.descriptors() < before + TIMES, SILENCE)


def _thread_after_vanish(server: Running) -> bool:
    before = server.in_status("Threads")
    for _ in range(TIMES):
        with server.associate() as connection:
            connection.send(echo()[:20])
    return not comes_about(lambda: server.in_status("Threads") < before + TIMES, SILENCE)


def _slot_after_bad_request(server: Running) -> bool:
    for _ in range(_SLOTS):
        with server.connect() as connection:
            connection.send(request(contexts=context(2, VERIFICATION)))
            assert connection.next() == bytes((3, 0, 0, 0, 0, 4, 0, 1, 1, 1))
    with server.connect() as connection:
        connection.send(request())
        return connection.next() == bytes((3, 0, 0, 0, 0, 4, 0, 2, 3, 2))


def _hang_on_half_pdu(server: Running) -> bool:
    with server.connect() as connection:
        connection.send(request()[:100])
    return not server.echoes(SILENCE)


def _artim_restarted(server: Running) -> bool:
    with server.connect() as connection:
        connection.socket.settimeout(_SHORT_ARTIM / 4)
        for number in range(12):
            try:
                connection.send(request()[number : number + 1])
                assert connection.socket.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionError:  # it has closed before it read the last byte
                pass
            return False
        return True


def _accepts_above_maximum(server: Running) -> bool:
    with server.associate() as connection:
        connection.send(store_command(), p_data(STORE_CONTEXT, 2, instance_data() + bytes(20000)))
        return connection.next()[:1] == bytes((DATA,))


def _ignores_release_rp(server: Running) -> bool:
    with server.associate() as connection:
        connection.send(pdu(RELEASE_RP, bytes(4)), echo())
        return connection.next()[:1] == bytes((DATA,))


def _accepts_after_release(server: Running) -> bool:
    with server.associate() as connection:
        release(connection)
        connection.send(request())
        return connection.next()[:1] == bytes((AC,))


def _dies_after_three(server: Running) -> bool:
    part = p_data(STORE_CONTEXT, 0, instance_data()[:20])
    return _crashes(server, store_command(), part, pdu(RELEASE_RQ, bytes(4)))


def _outside(server: Running) -> bool:
    return any(path.name != "incoming" for path in server.directory.iterdir())


def _path_from_uid(server: Running) -> bool:
    with server.associate() as connection:
        connection.send(store_command(b"../2.25.7"), p_data(STORE_CONTEXT, 2, instance_data()))
        connection.response()
        return _outside(server)


def _path_from_title(server: Running) -> bool:
    with server.connect() as connection:
        connection.send(request(calling=b"../OTHER"))
        assert connection.next()[:1] == bytes((AC,))
        return _outside(server)


def _lock_after_error(server: Running) -> bool:
    with server.associate() as connection:
        connection.send(echo(99))
        assert connection.next()[:1] == abort(0, 0)[:1]
    return not server.echoes(SILENCE)


def _pdv_below_two(server: Running) -> bool:
    return _crashes(server, pdu(DATA, bytes((0, 0, 0, 1, ECHO_CONTEXT))))


def _pdv_length_wraps(server: Running) -> bool:
    return _crashes(server, pdu(DATA, b"\xff\xff\xff\xff" + bytes((ECHO_CONTEXT, 3))))


def _format_string(server: Running) -> bool:
    return _crashes(server, request(application=b"%s%s%s%s%s%s%s%s%s%n"), is_associated=False)


def _use_after_free(server: Running) -> bool:
    return _crashes(server, store_command(), abort(0, 0))


def _null_command(server: Running) -> bool:
    elements: dict[int, int | bytes] = {0x100: 0x30, 0x110: 1, 0x800: NO_DATA_SET}
    return _crashes(server, p_data(ECHO_CONTEXT, 3, command_bytes(elements)))


def _nested_data_set(server: Running) -> bool:
    sequence = b"\x40\0\x75\x02\xff\xff\xff\xff" + b"\xfe\xff\0\xe0\xff\xff\xff\xff"
    return _crashes(server, store_command(), p_data(STORE_CONTEXT, 2, sequence * _DEEP))


def _wrong_vr(server: Running) -> bool:
    data = b"\x08\0\x40\x11LO\x08\0" + b"2.25.777"
    return _crashes(server, store_command(number=EXPLICIT_CONTEXT), p_data(EXPLICIT_CONTEXT, 2, data))


TRIGGERS: dict[str, Trigger] = {
    "leak-doubled-item": _leak_doubled_item,
    "leak-on-error-path": _leak_on_error_path,
    "allocates-declared-length": _allocates_declared_length,
    "ac-in-find": _ac_in_find,
    "crash-in-child": _crash_in_child,
    "endless-zero-item": _endless_zero_item,
    "descriptor-after-abort": _descriptor_after_abort,
    "thread-after-vanish": _thread_after_vanish,
    "slot-after-bad-request": _slot_after_bad_request,
    "hang-on-half-pdu": _hang_on_half_pdu,
    "artim-restarted": _artim_restarted,
    "accepts-above-maximum": _accepts_above_maximum,
    "ignores-release-rp": _ignores_release_rp,
    "accepts-after-release": _accepts_after_release,
    "dies-after-three": _dies_after_three,
    "path-from-uid": _path_from_uid,
    "path-from-title": _path_from_title,
    "lock-after-error": _lock_after_error,
    "c-pdv-below-two": _pdv_below_two,
    "c-pdv-length-wraps": _pdv_length_wraps,
    "c-format-string": _format_string,
    "c-use-after-free": _use_after_free,
    "c-null-command": _null_command,
    "c-nested-data-set": _nested_data_set,
    "c-wrong-vr": _wrong_vr,
}
