# %%
import numpy as np

# %%
def Dropout(dropout_ratio=0.5):
    memory = {}

    class Layer:
        @staticmethod
        def forward(x, train_flg=True):
            if not train_flg:
                return (1 - dropout_ratio) * x
            memory["mask"] = np.random.rand(*np.shape(x)) >= dropout_ratio
            return x * memory["mask"]

        @staticmethod
        def backward(dout):
            return dout * memory["mask"]

    return Layer()

# %%
dropout_ratio = 0.9  # a notebook variable
layer = Dropout(0.2)
print(layer.forward(np.ones((3, 4)), True), layer.backward(np.ones((3, 4))))
