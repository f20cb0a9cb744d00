"""The parts that application entities of all kinds share, on asyncio."""
