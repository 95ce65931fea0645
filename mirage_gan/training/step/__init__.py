"""One training step and the state that it updates, in one process or data-parallel in several.

In: tensors and numbers. Out: tensors, and means of losses.
Must not know: folders, the settings that users give, and the other modules of training.
"""
