import keras

from crack_pipeline.trials.cost import measure_cost


def test_operations_are_counted_and_times_taken_of_a_copy():
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = keras.layers.Conv2D(2, 3, padding="same")(keras.ops.cast(inputs, "float32"))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    cost = measure_cost(model, 8)
    assert cost["flops"] == 2 * 3 * 3 * 3 * 2 * 8 * 8
    assert cost["ms_a_tile"] > 0
    assert cost["ms_a_tile_in_batch"] > 0
    assert cost["cores"] >= 1
