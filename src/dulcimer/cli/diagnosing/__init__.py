"""The work of `dulcimer diagnose`: its options, its texts, its end."""
