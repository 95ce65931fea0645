"""Rows of numbers as files: a table, and a page that shows two of its columns.

In: the generated rows, scaled, and the columns of the table that they were learned from. Out: CSV, PNG.
Must not know: sound, disks, networks.
"""
