"""Labs: captures with one planted fault each, the questions about them, and marks for the answers.

From the bottom: `messages`, `turns` and `links` (what passes), `happenings` and `breaches` (what goes wrong),
`staging`, `seen` (what the judge and the diagnosis find), `questions` and `asking`, `kinds`, `faults`, `stories` and
`catalogue` (all labs), `making` (labs of a seed), `files`, `grading`.
"""
