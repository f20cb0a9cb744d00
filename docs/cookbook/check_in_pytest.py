"""A check in your own tests: is a server still as the standard demands?

`ConformanceCheck` is what the fixture `dulcimer_check` of pytest is: it runs cases of `dulcimer check`
against an address, and raises for each that fails. In a test module, write a function with that fixture.

It prints::

    cell Sta6 Evt13: as the standard demands
    bytes of a request: as the standard demands
"""

from dulcimer import AE
from dulcimer.sop_class import Verification
from dulcimer.testing.checking import ConformanceCheck

ae = AE("SERVER")
ae.add_supported_context(Verification)
server = ae.start_server(("127.0.0.1", 0), block=False)

check = ConformanceCheck()
for what, cases in (("cell Sta6 Evt13", "ul.fsm.acc.sta06.evt13"), ("bytes of a request", "enc.version.0003")):
    check(server.server_address, cases)
    print(f"{what}: as the standard demands")
server.shutdown()
