"""Start values, handed in as a script."""
import numpy as np

# %%
def xavier(n_in, n_out):
    std = np.sqrt(1.0 / n_in)
    return std * np.random.standard_normal((n_in, n_out))

# %%
def he(n_in, n_out):
    std = np.sqrt(2.0 / n_in)
    return std * np.random.standard_normal((n_in, n_out))


if __name__ == "__main__":
    print(xavier(3, 2))
    print(he(3, 2))
