"""The four levels of Query/Retrieve: their information models, and the identifiers made of filters.

It prints::

    PATIENT Patient Root Query/Retrieve Information Model FIND, MOVE, GET
    STUDY Study Root Query/Retrieve Information Model FIND, MOVE, GET
    SERIES Study Root Query/Retrieve Information Model FIND, MOVE, GET
    IMAGE Study Root Query/Retrieve Information Model FIND, MOVE, GET
    SERIES 1.2.3
    STUDY in the Patient Root: QRLevel.PATIENT
    ValueError: 'PatientsName' is not the keyword of an attribute
    ValueError: 'WARD' is not a valid QRLevel
    found at STUDY, PATIENT
"""

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import QRLevel, ServiceProvider, ServiceProviderParams, ServiceUser

for level in (QRLevel.PATIENT, QRLevel.STUDY, QRLevel.SERIES, QRLevel.IMAGE):
    names = [UID(uid).name.rpartition(" - ") for uid in (level.find, level.move, level.get)]
    assert len({model for model, _, _ in names}) == 1
    print(level.value, names[0][0], ", ".join(service for _, _, service in names))

identifier = QRLevel.SERIES.identifier({"StudyInstanceUID": "1.2.3", "Modality": ""})
print(identifier.QueryRetrieveLevel, identifier.StudyInstanceUID)
own = Dataset()
own.QueryRetrieveLevel = "STUDY"
print(QRLevel.PATIENT.identifier(own).QueryRetrieveLevel, "in the Patient Root:", QRLevel.PATIENT)
for impossible in (lambda: QRLevel.STUDY.identifier({"PatientsName": ""}), lambda: QRLevel("WARD")):
    try:
        impossible()
    except ValueError as error:
        print("ValueError:", error)


def find(connection, transfer_syntax, sop_class, identifier):
    assert sop_class == wanted[identifier.QueryRetrieveLevel]
    yield identifier


wanted = {level.value: level.find for level in (QRLevel.STUDY, QRLevel.PATIENT)}
with ServiceProvider(ServiceProviderParams(c_find=find)) as provider, ServiceUser(wanted.values()) as user:
    user.connect("{}:{}".format(*provider.listen_addr))
    found = [next(user.c_find(QRLevel(level), {"PatientID": ""})).QueryRetrieveLevel for level in wanted]
print("found at", ", ".join(found))
