"""The DICOM Upper Layer (PS3.8) as an executable specification."""

__version__ = "0.1.0"
