"""The self-test of the suite: one cell of Table 9-10 wrong at a time, and does the suite see it?"""
