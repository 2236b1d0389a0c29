"""The embedded demo town: 架空・汐見市, made from a seed and from `town.toml`; it lies nowhere real."""
