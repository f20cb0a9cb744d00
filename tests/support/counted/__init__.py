"""Operations whose work is counted, and the tools that count it."""
