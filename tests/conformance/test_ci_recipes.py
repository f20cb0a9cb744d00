"""The recipes for continuous integration do what they say, word for word, in a project that has nothing yet."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.peers.processes import DULCIMER, free_port

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "ci"
ACTION = DOCS / "github-action" / "action.yml"
QUICK = "-k 'ul.fsm.acc.sta06.evt1[23]' --t-react 0.5 --jobs 1"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the recipes are for a POSIX shell")


@dataclass
class Project:
    """A scratch project with a server, and what stands for git and pip."""

    place: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, **more: str) -> subprocess.CompletedProcess[str]:
        """The script, as a build runs it; the port of the recipes is replaced by one that is free."""
        words = ["bash", "-e", "-o", "pipefail", "-c", script.replace("11112", str(self.port))]
        environment = {**self.environment, **more}
        return subprocess.run(
            words, cwd=self.place, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def has(self, *names: str) -> bool:
        return all((self.place / name).is_file() for name in names)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/usr/bin/env bash\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    place = tmp_path / "project"
    program(place / "build" / "my-pacs", f'exec {DULCIMER} serve "$@"')
    tools = tmp_path / "tools"
    program(tools / "git", 'test "$1 $2 $3" = "clone --depth 1" && exec ln -s "$4" "$5"')
    program(tools / "python", 'test "$1 $2 $3" = "-m pip install" && test -f "${!#}/pyproject.toml"')

    rest = f'shift; exec {DULCIMER} check {QUICK} "$@"'
    program(tools / "dulcimer", f'if [ "$1" = check ]; then {rest}; fi; exec {DULCIMER} "$@"')
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    return Project(place, free_port(), {**os.environ, "PATH": path, "DULCIMER": str(ROOT)})


def recipes() -> list[str]:
    return re.findall(r"```sh\n(.*?)```", (DOCS / "README.md").read_text(), re.DOTALL)


def test_recipe_for_any_system_runs_in_a_fresh_project(project: Project) -> None:
    whole, *_ = recipes()
    ended = project.run(whole)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert project.has("report/check.xml", "report/check.html", "report/check.json")
    assert list((project.place / "report" / "captures").glob("*.pcapng"))


def test_check_starts_the_server_by_itself(project: Project) -> None:
    _, spawning, _ = recipes()
    ended = project.run(spawning)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert project.has("report/check.xml", "report/check.html", "report/check.json")


@pytest.mark.long
def test_first_baseline_is_made_when_it_is_asked_for_and_holds_from_then_on(project: Project) -> None:
    whole, _, update = recipes()
    check = next(line for line in whole.splitlines() if line.startswith("dulcimer check"))
    with_baseline = whole.replace(check, check.replace(" \\", " --expect tests/dicom-baseline.toml \\"))
    missing = project.run(with_baseline)
    assert missing.returncode == 2
    told = " ".join((missing.stdout + missing.stderr).replace("│", " ").split())
    assert "add --update-baseline" in told
    assert not project.has("tests/dicom-baseline.toml")
    start = whole.split("status=0")[0].replace("git clone", "#").replace("python -m", "#")
    made = project.run(f"{start}\n{update}\nkill $server")
    assert made.returncode == 0, made.stdout + made.stderr
    assert project.has("tests/dicom-baseline.toml")
    again = project.run(with_baseline.replace("git clone", "#"))
    assert again.returncode == 0, again.stdout + again.stderr


# ---------------------------------------------------------------------- the action


@dataclass
class Step:
    """One step of the action that runs a script."""

    name: str
    script: str
    needs: str
    environment: dict[str, str]


def inputs() -> dict[str, str]:
    """The inputs of the action and their defaults."""
    text = ACTION.read_text().split("\ninputs:\n")[1].split("\noutputs:\n")[0]
    found = re.findall(r"^  ([\w-]+):\n(?:    .*\n)*?    default: (.*)$", text, re.MULTILINE)
    return {name: value.strip('"') for name, value in found}


def steps() -> Iterator[Step]:
    """The steps of the action that run a script."""
    for block in re.split(r"^    - ", ACTION.read_text().split("  steps:\n")[1], flags=re.MULTILINE):
        one_line = re.search(r"^      run: (?!\|)(.*)$", block, re.MULTILINE)
        several = re.search(r"^      run: \|\n((?:        .*\n|\n)+)", block, re.MULTILINE)
        script = one_line[1] if one_line else re.sub(r"^ {8}", "", several[1], flags=re.MULTILINE) if several else ""
        name, needs = (re.search(rf"^(?:      )?{key}: (.*)$", block, re.MULTILINE) for key in ("name", "if"))
        environment = dict(re.findall(r"^        (\w+): (\$\{\{.*\}\})$", block, re.MULTILINE))
        if script:
            yield Step(name[1] if name else "", script, needs[1] if needs else "", environment)


def run_action(project: Project, given: Mapping[str, str]) -> dict[str, subprocess.CompletedProcess[str]]:
    """The steps, one after the other, as GitHub runs them: after a failure only those that always run."""
    values = {**inputs(), **given}
    output, summary = project.place / "output", project.place / "summary"
    ended: dict[str, subprocess.CompletedProcess[str]] = {}
    failed = False

    def filled(text: str) -> str:
        known = {f"inputs.{name}": value for name, value in values.items()}
        known["github.action_path"] = str(ACTION.parent)
        told = dict(line.split("=", 1) for line in output.read_text().splitlines()) if output.exists() else {}
        known |= {f"steps.check.outputs.{name}": value for name, value in told.items()}
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], text)

    for step in steps():
        if "inputs.start != ''" in step.needs and not values["start"]:
            continue
        if failed and "always()" not in step.needs:
            continue
        environment = {name: filled(value) for name, value in step.environment.items()}
        ended[step.name] = project.run(
            filled(step.script), **environment, GITHUB_OUTPUT=str(output), GITHUB_STEP_SUMMARY=str(summary)
        )
        failed |= ended[step.name].returncode != 0
    return ended


def test_every_step_of_the_action_is_understood_here() -> None:
    names = [step.name for step in steps()]
    assert names == ["Install", "Start the server and wait until it answers", "Check", "Stop the server", "Verdict"]
    assert set(inputs()) >= {"start", "port", "expect", "update-baseline", "version", "report"}


def test_action_starts_checks_and_stops_a_server(project: Project) -> None:
    given = {"start": "./build/my-pacs --port 11112", "port": str(project.port), "called-aet": "DULCIMER"}
    given |= {"expect": "tests/dicom-baseline.toml", "update-baseline": "true"}
    ended = run_action(project, {**given, "start": given["start"].replace("11112", str(project.port))})
    assert all(step.returncode == 0 for step in ended.values()), ended
    files = ("check.json", "check.xml", "check.html", "check.md", "server.log", "dicom-baseline.toml")
    assert project.has(*(f"dulcimer-report/{name}" for name in files))
    assert "# dulcimer check" in (project.place / "summary").read_text()
    gone = project.run("dulcimer echo 127.0.0.1 11112 -to 2")
    assert gone.returncode == 3


def test_action_checks_a_client(project: Project) -> None:
    requestor = f"{DULCIMER} echo {{host}} {{port}} -aec {{aet}}"
    program(project.place.parent / "tools" / "dulcimer", f'shift; exec {DULCIMER} check -k enc.req.echo "$@"')
    ended = run_action(project, {"requestor": requestor})
    assert ended["Verdict"].returncode == 0, ended
    assert project.has("dulcimer-report/check.json")
