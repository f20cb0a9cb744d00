"""Our client and our server over real loopback connections."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme

from dulcimer._generated.commands import CEchoRq, CFindRq, CStoreRq
from dulcimer.acse.negotiation import Context
from dulcimer.ae.core.client import ClientAssociation, Timeouts, connect
from dulcimer.ae.core.storage_scp import Server
from dulcimer.dimse.messages import fragments
from dulcimer.errors import (
    AssociationAborted,
    AssociationRejected,
    AssociationTimeout,
    ContextNotAccepted,
    TransportError,
)
from dulcimer.services.instance_file import InstanceFile, NotADicomFile, file_header
from dulcimer.wire.codec import decode, encode
from dulcimer.wire.model import Abort, AssociateAc, AssociateRj, Pdu
from support.associations import RQ

VERIFICATION = Context("1.2.840.10008.1.1", ("1.2.840.10008.1.2",))
CT = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT = "1.2.840.10008.1.2.1"
STORAGE = Context(CT, (EXPLICIT,))
DATA = b"\x08\x00\x18\x00UI\x04\x001.2\x00"


def run(body: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the work, and check that nothing it started is left."""

    async def watched() -> None:
        async with asyncio.timeout(60):
            await body()
        await asyncio.sleep(0)
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left

    asyncio.run(watched())


@asynccontextmanager
async def serving(**options: Any) -> AsyncIterator[Server]:
    async with Server(**options).listen("127.0.0.1", 0) as server:
        yield server


def to(server: Server, *contexts: Context, **options: Any) -> Awaitable[ClientAssociation]:
    return connect(*server.address, contexts or (VERIFICATION,), **options)


def write_instance(path: Path, uid: str = "1.2.3.4", data: bytes = DATA, sop_class: str = CT) -> InstanceFile:
    path.write_bytes(file_header(sop_class, uid, EXPLICIT, "ME") + data)
    return InstanceFile.inspect(path)


class RawPeer:
    """Bytes to and from a server, without a state machine on this side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, server: Server) -> RawPeer:
        return cls(*await asyncio.open_connection(*server.address))

    async def ask(self, data: bytes) -> Pdu:
        self.writer.write(data)
        return await self.read()

    async def read(self) -> Pdu:
        header = await self.reader.readexactly(6)
        return decode(header + await self.reader.readexactly(int.from_bytes(header[2:], "big")))

    async def associate(self) -> None:
        assert isinstance(await self.ask(encode(RQ)), AssociateAc)

    async def close(self) -> None:
        self.writer.close()
        await asyncio.wait([asyncio.ensure_future(self.writer.wait_closed())])


def p_data(message: Any, data: bytes | None = None) -> bytes:
    from dulcimer.wire.model import PDataTf, PresentationDataValue

    return b"".join(
        encode(PDataTf(tuple(PresentationDataValue(*value) for value in request.values)))
        for request in fragments(1, message, data, 16384)
    )


def test_echo_and_release() -> None:
    async def body() -> None:
        async with serving(ae_title="THERE") as server:
            async with await to(server, called_ae_title="THERE") as association:
                assert await association.c_echo() == 0
                assert association.peer.implementation_version_name.startswith("DULCIMER")
                assert server.associations == 1
            assert not association.is_established
            while server.associations:
                await asyncio.sleep(0)

    run(body)


def test_instance_arrives_byte_for_byte_and_is_named_by_its_uid(tmp_path: Path) -> None:
    async def body() -> None:
        data = DATA + b"\xe0\x7f\x10\x00OB\x00\x00" + (3 << 20).to_bytes(4, "little") + bytes(3 << 20)
        instance = write_instance(tmp_path / "a.dcm", data=data)
        stored: list[Any] = []
        async with serving(storage=tmp_path / "store", on_stored=stored.append) as server:
            async with await to(server, STORAGE) as association:
                assert await association.c_store(instance) == 0
                assert await association.c_store(tmp_path / "a.dcm") == 0
        assert [path.name for path in (tmp_path / "store").iterdir()] == ["1.2.3.4.dcm"]
        kept = InstanceFile.inspect(tmp_path / "store" / "1.2.3.4.dcm")
        assert replace(kept, path=instance.path, offset=instance.offset) == instance
        assert kept.path.read_bytes()[kept.offset :] == data
        assert [(item.sop_instance_uid, item.path) for item in stored] == [("1.2.3.4", kept.path)] * 2

    run(body)


@pytest.mark.parametrize(
    ("uid", "sop_class", "status"),
    [
        ("../../1.2", CT, 0x0117),
        ("1.2/3", CT, 0x0117),
        ("..", CT, 0x0117),
        ("01.2", CT, 0x0117),
        ("1" * 65, CT, 0x0117),
        ("1.2.3", "1.2.840.10008.5.1.4.1.1.4", 0xA900),
    ],
)
def test_instance_that_cannot_be_kept_is_refused(tmp_path: Path, uid: str, sop_class: str, status: int) -> None:
    async def body() -> None:
        async with serving(storage=tmp_path / "store") as server, await to(server, STORAGE) as association:
            request = CStoreRq(
                affected_sop_class_uid=sop_class, message_id=1, priority=0, affected_sop_instance_uid=uid
            )
            response = await association._session.exchange.request(1, request, DATA)
            assert response.command_set.value("status") == status
            assert not list((tmp_path / "store").iterdir())
            assert association.is_established

    run(body)


def test_disk_that_is_full_is_out_of_resources_and_leaves_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    async def body() -> None:
        instance = write_instance(tmp_path / "a.dcm")
        async with serving(storage=tmp_path / "store") as server, await to(server, STORAGE) as association:
            monkeypatch.setattr("os.fsync", no_space)
            monkeypatch.setattr("os.fdatasync", no_space, raising=False)
            assert await association.c_store(instance) == 0xA700
            monkeypatch.undo()
            assert not list((tmp_path / "store").iterdir())
            assert await association.c_store(instance) == 0

    run(body)


def test_store_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    async def body() -> None:
        async with serving(storage=tmp_path / "store") as server:
            association = await to(server, STORAGE)
            request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid="1.2")
            first, second, *_ = fragments(1, request, bytes(90_000), 30_000)
            association._association.driver.send(first, second)
            while not list((tmp_path / "store").iterdir()):
                await asyncio.sleep(0)
            await association.abort()
            while server.associations:
                await asyncio.sleep(0)
            assert not list((tmp_path / "store").iterdir())

    run(body)


def test_leftovers_of_a_crash_are_removed_and_instances_stay(tmp_path: Path) -> None:
    async def body() -> None:
        (tmp_path / ".7-1.part").write_bytes(b"half")
        (tmp_path / "1.2.dcm").write_bytes(b"whole")
        async with serving(storage=tmp_path):
            assert [path.name for path in tmp_path.iterdir() if path.suffix != ".lock"] == ["1.2.dcm"]

    run(body)


def test_sink_keeps_nothing(tmp_path: Path) -> None:
    async def body() -> None:
        instance = write_instance(tmp_path / "a.dcm")
        async with serving(storage=None) as server, await to(server, STORAGE) as association:
            assert await association.c_store(instance) == 0

    run(body)


def test_file_with_another_transfer_syntax_is_distinguished_from_an_unknown_class(tmp_path: Path) -> None:
    async def body() -> None:
        instance = write_instance(tmp_path / "a.dcm")
        other = Context(CT, ("1.2.840.10008.1.2",))
        async with serving(storage=tmp_path / "store") as server:
            async with await to(server, other, Context("1.2.3", ("1.2.840.10008.1.2",))) as association:
                with pytest.raises(ContextNotAccepted, match="the file is in Explicit VR Little Endian"):
                    await association.c_store(instance)
                with pytest.raises(ContextNotAccepted, match="abstract syntax"):
                    await association.c_store(replace(instance, sop_class_uid="1.2.3"))
                with pytest.raises(ContextNotAccepted, match="not proposed"):
                    await association.c_store(replace(instance, sop_class_uid="1.2.4"))
                with pytest.raises(ContextNotAccepted, match="Verification"):
                    await association.c_echo()
                assert [context.result for context in association.rejected_contexts] == [3]

    run(body)


def test_file_that_shrinks_while_it_is_sent_aborts(tmp_path: Path) -> None:
    async def body() -> None:
        instance = write_instance(tmp_path / "a.dcm", data=bytes(3 << 20))
        async with serving(storage=tmp_path / "store") as server:
            association = await to(server, STORAGE)
            exchange = association._session.exchange
            source = instance.data_source(instance.path.open("rb", buffering=0))
            instance.path.write_bytes(b"short")
            request = CStoreRq(affected_sop_class_uid=CT, message_id=1, priority=0, affected_sop_instance_uid="1.2")
            with pytest.raises(OSError, match="ended"):
                await exchange.request(1, request, source)
            assert not association.is_established
            source._file.close()
            await association.abort()
        assert not list((tmp_path / "store").iterdir())

    run(body)


@pytest.mark.parametrize("content", [b"", b"not a DICOM file, but some text", bytes(200), bytes(128) + b"DICM"])
def test_what_is_no_instance_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(NotADicomFile, match="x: "):
        InstanceFile.inspect(tmp_path / "x")


def test_rejection_says_why() -> None:
    async def body() -> None:
        async with serving(ae_title="THERE", require_called_ae_title=True) as server:
            with pytest.raises(AssociationRejected, match="called AE title") as caught:
                await to(server, called_ae_title="ELSEWHERE")
            assert (caught.value.result, caught.value.source, caught.value.reason) == (1, 1, 7)

    run(body)


def test_association_limit_is_a_transient_rejection_of_the_provider() -> None:
    async def body() -> None:
        async with serving(maximum_associations=1) as server, await to(server):
            with pytest.raises(AssociationRejected) as caught:
                await to(server)
            assert (caught.value.result, caught.value.source, caught.value.reason) == (2, 3, 2)

    run(body)


def test_closed_port_is_not_reachable() -> None:
    async def body() -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(TransportError, match="refuses connections"):
                await connect("127.0.0.1", unused.getsockname()[1], [VERIFICATION])

    run(body)


def test_peer_that_says_nothing_is_given_up_after_the_acse_timeout() -> None:
    async def body() -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            timeouts = Timeouts(acse=0.05)
            with pytest.raises(AssociationTimeout) as caught:
                await connect("127.0.0.1", silent.getsockname()[1], [VERIFICATION], timeouts=timeouts)
            assert caught.value.seconds == 0.05

    run(body)


def test_peer_that_closes_at_once_is_an_abort() -> None:
    async def body() -> None:
        def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(close, "127.0.0.1", 0) as server:
            with pytest.raises(AssociationAborted, match="closed"):
                await connect("127.0.0.1", server.sockets[0].getsockname()[1], [VERIFICATION])

    run(body)


def test_end_of_the_server_aborts_its_associations() -> None:
    async def body() -> None:
        async with serving() as server:
            association = await to(server)
        with pytest.raises(AssociationAborted):
            await association.c_echo()

    run(body)


def test_exception_inside_the_block_aborts() -> None:
    async def body() -> None:
        async with serving() as server:
            with pytest.raises(ZeroDivisionError):
                async with await to(server) as association:
                    raise ZeroDivisionError
            assert not association.is_established

    run(body)


def test_idle_association_is_aborted_after_the_network_timeout() -> None:
    async def body() -> None:
        async with serving(network_timeout=0.05) as server:
            association = await to(server)
            assert await association._association.wait_ended(10)
            end = association._association.end
            assert end is not None
            assert isinstance(end.error, AssociationAborted)

    run(body)


def test_connection_without_a_request_is_closed_by_artim() -> None:
    async def body() -> None:
        async with serving(artim_timeout=0.05) as server:
            peer = await RawPeer.connect(server)
            peer.writer.write(encode(RQ)[:50])
            assert await peer.reader.read() == b""
            await peer.close()

    run(body)


@pytest.mark.parametrize("field", [0x0031, 0x0FFE, 0x8030, None])
def test_unknown_command_is_answered_or_ignored_or_aborted(field: int | None) -> None:
    async def body() -> None:
        async with serving() as server:
            peer = await RawPeer.connect(server)
            await peer.associate()
            echo = CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=9)
            data = bytearray(p_data(echo))
            at = data.index(b"\0\0\0\1\2\0\0\0") + 8
            if field is None:
                data[at - 6] = 0xFF
            else:
                data[at : at + 2] = field.to_bytes(2, "little")
            peer.writer.write(bytes(data))
            if field == 0x8030:
                peer.writer.write(p_data(echo))
            answer = await peer.read()
            if field is None:
                assert answer == Abort(0, 0)
            else:
                assert b"\0\0\0\x09\2\0\0\0" + (b"\0\0" if field == 0x8030 else b"\x11\2") in encode(answer)
            await peer.close()

    run(body)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (CEchoRq(affected_sop_class_uid="1.2.3", message_id=1), 0x0122),
        (CFindRq(affected_sop_class_uid="1.2.3", message_id=1, priority=0), 0x0211),
        (CStoreRq(affected_sop_class_uid="1.2", message_id=1, priority=0, affected_sop_instance_uid="1"), 0x0211),
    ],
)
def test_service_that_is_not_offered_is_refused_with_a_status(message: Any, status: int) -> None:
    async def body() -> None:
        async with serving() as server, await to(server) as association:
            response = await association._session.exchange.request(
                1, message, b"ab" if message.info.data_set == "M" else None
            )
            assert response.command_set.value("status") == status
            assert await association.c_echo() == 0

    run(body)


@pytest.mark.parametrize("junk", [b"\4\0\0\0\0\x08\0\0\0\4\1\2ab", b"\4\0\0\0\0\x08\0\0\0\4\5\3ab"])
def test_p_data_that_is_no_message_is_aborted(junk: bytes) -> None:
    async def body() -> None:
        async with serving() as server:
            peer = await RawPeer.connect(server)
            await peer.associate()
            assert await peer.ask(junk) == Abort(0, 0)
            await peer.close()

    run(body)


def test_many_requests_in_one_segment_are_answered_in_order() -> None:
    async def body() -> None:
        async with serving() as server:
            peer = await RawPeer.connect(server)
            await peer.associate()
            echoes = [CEchoRq(affected_sop_class_uid="1.2.840.10008.1.1", message_id=n) for n in range(50)]
            peer.writer.write(b"".join(map(p_data, echoes)))
            for number in range(50):
                assert b"\0\0\x20\1\2\0\0\0" + number.to_bytes(2, "little") in encode(await peer.read())
            await peer.close()

    run(body)


def contexts_of(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


def test_tls_carries_instances_both_large_and_small(tmp_path: Path) -> None:
    async def body() -> None:
        server_tls, client_tls = contexts_of("127.0.0.1")
        instance = write_instance(tmp_path / "a.dcm", data=bytes(5 << 20))
        async with serving(storage=tmp_path / "store", tls=server_tls) as server:
            async with await to(server, VERIFICATION, STORAGE, tls=client_tls) as association:
                assert await association.c_echo() == 0
                assert await association.c_store(instance) == 0
        kept = InstanceFile.inspect(tmp_path / "store" / "1.2.3.4.dcm")
        assert kept.path.read_bytes()[kept.offset :] == bytes(5 << 20)

    run(body)


def test_wrong_certificate_is_refused() -> None:
    async def body() -> None:
        server_tls, _ = contexts_of("127.0.0.1")
        _, stranger = contexts_of("127.0.0.1")
        async with serving(tls=server_tls) as server:
            with pytest.raises(TransportError, match="certificate"):
                await to(server, tls=stranger)

    run(body)


def test_handshake_that_hangs_holds_up_nobody() -> None:
    async def body() -> None:
        server_tls, client_tls = contexts_of("127.0.0.1")
        async with serving(tls=server_tls) as server:
            hanging = [await asyncio.open_connection(*server.address) for _ in range(5)]
            async with await to(server, tls=client_tls) as association:
                assert await association.c_echo() == 0
            for _, writer in hanging:
                writer.close()

    run(body)


def test_plain_client_gets_a_clear_error_from_a_tls_server() -> None:
    async def body() -> None:
        server_tls, _ = contexts_of("127.0.0.1")
        async with serving(tls=server_tls) as server:
            with pytest.raises((AssociationAborted, TransportError)):
                await to(server)

    run(body)


def test_reject_of_a_foreign_application_context() -> None:
    async def body() -> None:
        async with serving() as server:
            peer = await RawPeer.connect(server)
            wrong = encode(RQ, {"variable_items[0].application_context_name": "1.2.840.10008.3.1.1.9"})
            assert await peer.ask(wrong) == AssociateRj(1, 1, 2)
            await peer.close()

    run(body)


def test_address_in_use_is_a_clear_error() -> None:
    async def body() -> None:
        async with serving() as server:
            with pytest.raises(TransportError, match="cannot listen"):
                async with Server().listen(*server.address):
                    pass

    run(body)
