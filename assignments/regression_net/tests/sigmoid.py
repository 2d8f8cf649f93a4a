"""Hidden tests of ``sigmoid`` and ``sigmoid_der``."""

# fmt: off
from assignments.regression_net.inputs import of_z
from reference.regression_net import sigmoid, sigmoid_der

OK_FORMAT = False
name, points = "sigmoid", 2.5

sigmoid_values, sigmoid_far, sigmoid_pure = of_z(
    sigmoid, sigmoid_der, "sigmoid must be 1 / (1 + exp(-z)), entry by entry.", 700.0)
der_values, der_far, der_pure = of_z(
    sigmoid_der, sigmoid, "sigmoid_der must be the derivative of the sigmoid at z.", 700.0)
