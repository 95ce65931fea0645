"""Networks, and waves from latents: the families, how one is chosen and built, sampling, and checkpoint files.

In: a description of the networks, weights, latents. Out: generators and discriminators, waves, safetensors files.
Must not know: how networks are trained, and where runs are kept.
"""
