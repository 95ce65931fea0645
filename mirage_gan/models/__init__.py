"""The networks: their families, how one is chosen and built, how waves are sampled from it, and checkpoint files.

In: a `Spec` of the networks, weights, latents. Out: generators and discriminators, waves, safetensors files.
Must not know: how networks are trained, and where runs are kept.
"""
