"""What the tests share: peers of their own, in memory and on loopback, input files, and runs of commands."""
