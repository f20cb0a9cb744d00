"""Association control: negotiation, request, accept, reject, release and abort (PS3.8 7, PS3.7 D)."""
