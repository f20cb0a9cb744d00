"""Programs that run in processes of their own, which have imported already what all of them need.

Most of the time of a short program goes into its imports: here they are done once.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

_SECONDS = 120
_forkserver = multiprocessing.get_context("forkserver")
_forkserver.set_forkserver_preload(
    [
        "pynetdicom",
        *(f"dulcimer.{name}" for name in ("acse", "dimse", "presentation", "habits.association")),
        *(f"dulcimer.ae.{name}" for name in ("aio.entity", "blocking.entity", "simple.service_provider")),
    ]
)


def run_program(program: Path, *, strict: bool = False) -> subprocess.CompletedProcess[str]:
    """What a Python program prints, and how it ends. `strict`: each warning is an error.

    Raises TimeoutError after two minutes.
    """
    with tempfile.TemporaryDirectory() as folder:
        output, errors = Path(folder, "output"), Path(folder, "errors")
        process = _forkserver.Process(target=_run, args=(str(program), strict, str(output), str(errors)))
        process.start()
        process.join(_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"{program} runs for more than {_SECONDS} s: {errors.read_text(encoding='utf-8')}")
        texts = (path.read_text(encoding="utf-8") for path in (output, errors))
        return subprocess.CompletedProcess([str(program)], process.exitcode, *texts)


def _run(program: str, strict: bool, output: str, errors: str) -> None:
    for descriptor, path in ((1, output), (2, errors)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), descriptor)
    if strict:
        warnings.simplefilter("error")
    sys.argv = [program]
    try:
        runpy.run_path(program, run_name="__main__")
    except SystemExit:
        raise
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()
