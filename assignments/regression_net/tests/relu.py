"""Hidden tests of ``relu`` and ``relu_der``, which may be anything at 0."""

# fmt: off
from assignments.regression_net.inputs import of_z
from reference.regression_net import relu, relu_der

OK_FORMAT = False
name, points = "relu", 2.5

relu_values, relu_far, relu_pure = of_z(
    relu, relu_der, "relu must be z where z is positive and 0 elsewhere, entry by entry.", 1e6)
der_values, der_far, der_pure = of_z(
    relu_der, relu, "relu_der must be 1 where z is positive and 0 where it is negative.", 1e6)
