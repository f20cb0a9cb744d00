"""From something odd to a finding: what was seen, whether it comes again, and with how little."""
