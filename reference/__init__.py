"""NumPy reference implementations, one module an assignment, with formulas and sources.

Simple on purpose: hidden tests take their expectations from here.
"""
