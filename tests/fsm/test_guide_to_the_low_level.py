"""The examples of the guide to the low level run, in order, and print what the guide says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "low_level.md"
PRINTED = """\
AE-1 [OpenTransport()]
Sta4
Sta8 [Issue(primitive=ReleaseIndication())] Sta1
The association was rejected for the time being by the service-provider (presentation): temporary congestion.
False Sta6
1 C-ECHO 7 0
True
False <C-STORE-RQ in context 1> b'the data set'
an answer is due at 30.0
1.0 AssociateIndication
AssociateConfirmation True
2.0 PDataIndication
PDataIndication and the peer may be silent until 61.0
"""


def test_examples_do_what_the_guide_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    source = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    exec(compile(source, str(GUIDE), "exec"), {})
    assert capsys.readouterr().out == PRINTED
