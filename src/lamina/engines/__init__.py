"""The engines: who runs a program. `reference` defines every op, `native` compiles."""
