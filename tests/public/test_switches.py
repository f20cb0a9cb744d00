"""The switches of `dulcimer._config`, and the conversions that observe them."""

from __future__ import annotations

import logging

import pytest

from dulcimer import _config
from dulcimer.utils import decode_bytes, lenient_uid, set_ae, set_uid, validate_uid


@pytest.mark.clause("PS3.8 Annex F")
def test_uid_that_breaks_a_rule_is_accepted_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "dulcimer"):
        assert set_uid("1.02.3", "sop_class_uid") == "1.02.3"
    assert "sop_class_uid '1.02.3' is non-conformant" in caplog.text


def test_uid_that_breaks_a_rule_is_refused_if_the_switch_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert validate_uid(lenient_uid("1.02.3"))
    monkeypatch.setattr(_config, "ENFORCE_UID_CONFORMANCE", True)
    assert not validate_uid(lenient_uid("1.02.3"))
    with pytest.raises(ValueError, match="non-conformant"):
        set_uid("1.02.3", "sop_class_uid")
    assert set_uid("1.2.3", "sop_class_uid") == "1.2.3"


def test_validators_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_config.VALIDATORS, "AE", lambda value: (value.isupper(), "shout"))
    assert set_ae("A" * 20, "ae_title") == "A" * 20
    with pytest.raises(ValueError, match="shout"):
        set_ae("quiet", "ae_title")


def test_text_is_decoded_by_the_first_codec_that_can(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decode_bytes(b"PACS") == "PACS"
    with pytest.raises(ValueError, match="50 c3 a9"):
        decode_bytes("P\u00e9".encode())
    monkeypatch.setattr(_config, "CODECS", ("ascii", "utf-8"))
    assert decode_bytes("P\u00e9".encode()) == "P"


@pytest.mark.parametrize("value", ["x" * 17, "a\\b", "a\tb", "\u00e9", "a\x7fb"])
def test_what_is_no_ae_title_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="ae_title"):
        set_ae(value, "ae_title")


def test_empty_values_are_refused_where_they_must_not_be() -> None:
    assert (set_ae("", "ae_title"), set_uid("", "uid")) == ("", "")
    assert (set_ae(None, "ae_title"), set_uid(None, "uid")) == (None, None)
    with pytest.raises(ValueError, match="empty"):
        set_ae(" ", "ae_title", allow_empty=False)
    with pytest.raises(ValueError, match="empty"):
        set_uid("", "uid", allow_empty=False)
    with pytest.raises(TypeError):
        set_ae(None, "ae_title", allow_none=False)
    with pytest.raises(TypeError):
        set_uid(None, "uid", allow_none=False)


@pytest.mark.clause("PS3.8 Annex F")
def test_padding_of_a_peers_uid_is_left_out() -> None:
    assert lenient_uid("1.2.840\0") == lenient_uid("1.2.840 ") == "1.2.840"
    assert lenient_uid("no uid at all " * 9)
