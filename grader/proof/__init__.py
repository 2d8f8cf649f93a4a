"""What proves the hidden tests: cheats, mutants, mistakes in other code, true sentences."""
