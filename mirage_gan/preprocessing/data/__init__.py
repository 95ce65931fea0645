"""Files of data that are no sounds -> datasets of them.

In: files of pictures. Out: the same folder that sounds make. Must not know: sound, training, networks.
"""
