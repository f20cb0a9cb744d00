"""The Python example of the README prints what the README says."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from support.dicom_files import TEST_FILES
from support.peers.processes import dulcimer_serve

README = Path(__file__).parents[2] / "README.md"


def test_python_example_prints_what_the_readme_shows(tmp_path: Path) -> None:
    match = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert match
    program, shown = match.groups()
    shutil.copy(TEST_FILES / "CT_small.dcm", tmp_path)
    with dulcimer_serve(tmp_path / "received") as peer:
        assert "11112" in program
        command = [sys.executable, "-W", "error", "-c", program.replace("11112", str(peer.port))]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == (shown, "")
    assert len(list((tmp_path / "received").rglob("*.dcm"))) == 1
