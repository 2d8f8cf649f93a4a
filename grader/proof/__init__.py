"""Proves that hidden tests are sound: cheats, mutants, mistakes in other code, true sentences."""
