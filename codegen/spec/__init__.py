"""The files under `spec/`, read into dataclasses and checked."""

from codegen.spec.load import Spec, load
from codegen.spec.reader import SpecError

__all__ = ["Spec", "SpecError", "load"]
