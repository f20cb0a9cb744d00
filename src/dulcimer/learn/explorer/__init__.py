"""The explorer: one HTML page with both machines, what is on the wire, its bytes, and why.

From the bottom: `machine` (states, events, table and drawing as JSON), `sent` (the PDUs that ends send), `replayed` (a
recorded association), `page` (the page). `script/` has what the page does, in the order of `page.SCRIPTS`.
"""
