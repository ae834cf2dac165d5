import keras

from crack_pipeline.training.callback_state import read_callback_state, write_callback_state


def test_counters_of_callbacks_come_back():
    stopping = keras.callbacks.EarlyStopping("val_f1", patience=3)
    stopping.wait, stopping.best, stopping.best_epoch = 2, 0.5, 4
    again = keras.callbacks.EarlyStopping("val_f1", patience=3)
    write_callback_state([again], read_callback_state([stopping, keras.callbacks.History()]))
    assert (again.wait, again.best, again.best_epoch) == (2, 0.5, 4)
