"""The built-in families of networks, a module each, and the convolutions that they are made of.

In: a `Spec`. Out: `Networks`.
Must not know: each other's purposes, addresses, checkpoints, training.
"""
