"""A corpus is a set of sequences: files named by their content."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dulcimer.fuzz.corpus.directory import CorpusDirectory, corpus_digest
from dulcimer.fuzz.sequences.steps import FuzzSequence, Pause
from support.fuzz_sequences import sequences

SETS = st.lists(sequences(most=3), max_size=5)


def canonical(found: CorpusDirectory) -> set[bytes]:
    return {sequence.canonical for sequence in found.sequences()}


@given(SETS, SETS)
def test_copied_together_two_directories_are_their_union(some: list[FuzzSequence], others: list[FuzzSequence]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = CorpusDirectory(Path(folder, "one")), CorpusDirectory(Path(folder, "other"))
        new = {sequence.digest for sequence in some}
        assert one.add_all(some) == len(new)
        assert one.add_all(some) == 0
        other.add_all(others)
        for path in one.path.glob("*"):
            other.path.mkdir(exist_ok=True)
            shutil.copy(path, other.path)
        assert canonical(other) == {sequence.canonical for sequence in (*some, *others)}
        assert other.digests() == tuple(sorted({sequence.digest for sequence in (*some, *others)}))
        assert other.digest == corpus_digest([*others, *some, *some])


@given(SETS.filter(bool), st.data())
def test_damaged_file_is_named_and_left_out_and_made_whole_again(some: list[FuzzSequence], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpus = CorpusDirectory(Path(folder))
        corpus.add_all(some)
        hurt = data.draw(st.sampled_from(some), label="hurt")
        path = corpus.path / f"{hurt.digest}.json"
        path.write_bytes(data.draw(st.binary(max_size=80) | st.just(path.read_bytes()[:-1]), label="content"))
        assert corpus.damaged() == (path,)
        assert canonical(corpus) == {sequence.canonical for sequence in some} - {hurt.canonical}
        assert corpus.add(hurt)
        assert corpus.damaged() == ()


def test_sequence_under_the_name_of_another_is_damaged(tmp_path: Path) -> None:
    corpus = CorpusDirectory(tmp_path)
    one, other = FuzzSequence("acceptor"), FuzzSequence("requestor")
    corpus.add_all([one, other])
    shutil.copy(tmp_path / f"{one.digest}.json", tmp_path / f"{other.digest}.json")
    assert corpus.damaged() == (tmp_path / f"{other.digest}.json",)


def test_directory_is_made_when_it_is_needed(tmp_path: Path) -> None:
    corpus = CorpusDirectory(tmp_path / "a" / "b")
    assert corpus.digests() == ()
    assert list(corpus.sequences()) == []
    assert corpus.add(FuzzSequence("acceptor"))
    assert len(corpus.digests()) == 1


def test_writer_that_fails_leaves_nothing_that_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = CorpusDirectory(tmp_path)

    def killed(self: Path, target: Path) -> Path:
        assert [path.name for path in tmp_path.iterdir()] == [self.name]
        assert corpus.digests() == ()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        corpus.add(FuzzSequence("acceptor", (Pause(1.0),)))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "notes.json").write_text("{}")
    assert corpus.digests() == ()
    assert corpus.damaged() == ()
