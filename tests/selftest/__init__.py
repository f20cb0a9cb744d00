"""The self-test of the suite: with one cell of Table 9-10 wrong at a time, does the suite notice?"""
