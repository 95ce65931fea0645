"""How loops, and other waves that are lines, are compared.

In: waves. Out: what is faulty, a copy, a twin, near. Must not know: runs, networks, files.
"""
