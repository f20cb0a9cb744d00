"""Evidence from the logs of DICOM software: DCMTK, pynetdicom, Orthanc, dcm4che and fo-dicom."""
