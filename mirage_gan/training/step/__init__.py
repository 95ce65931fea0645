"""One step of training, and the state that it changes; alone, or in many processes that move together.

In: tensors and numbers. Out: tensors, and means of losses.
Must not know: folders, settings as users give them, and anything else of training.
"""
