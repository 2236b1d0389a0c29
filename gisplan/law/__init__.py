"""Floor 4: where the special provision for coworking applies, and whether the areas nest.

A provision is a pair of files with one stem: `x.toml` holds what the law says and from which day,
`x.py` computes it.
"""
