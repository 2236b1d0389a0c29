"""Location models over sparse minutes, solved to proof: numbers in, numbers out; no layers, no titles."""
