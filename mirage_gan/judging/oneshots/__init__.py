"""What is measured of one-shots, and what is said of it in words.

The modules are used in this order: `descriptors` (a sound -> ten numbers that a musician has a word for), `figures`
(two sets of sounds -> how well one overlaps the other, copies and twins), `judge` (a set of sounds -> a verdict),
`hearing` (pictures -> the sounds that are judged). `likeness` compares pictures without hearing them, for training and
export.

In: sounds as they are exported, of 8 bits, or their pictures.
Out: figures, and a verdict.
Must not know: networks, runs.
"""
