"""The examples of the guide run, in order, and print what they should."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import trustme

from support.dicom_files import TEST_FILES

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "service_user_and_provider.md"


def test_examples_of_the_guide_do_what_it_says(tmp_path: Path) -> None:
    program = "\n".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL))
    shutil.copy(TEST_FILES / "CT_small.dcm", tmp_path)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = authority.issue_cert("archive.example").private_key_and_cert_chain_pem
    server.write_to_path(str(tmp_path / "server.pem"))
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    size = (TEST_FILES / "CT_small.dcm").stat().st_size
    lines = done.stdout.splitlines()
    assert lines[:3] == ["127.0.0.1", "1", "2"]
    assert 0 < int(lines[3].removesuffix(" bytes")) <= size
    assert lines[4:6] == ["1 of them, 0 failed", "TLSv1.3"]
    assert "before the association request was answered" in lines[6]
