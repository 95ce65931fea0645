"""What is measured of one-shots, on the 8-bit samples that are exported, and what is said of it in words.

The modules are used in this order: `descriptors` (a sound -> ten numbers that a musician has a word for), `figures`
(two sets of sounds -> how well one overlaps the other, copies and twins).
"""
