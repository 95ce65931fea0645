"""What one looks at while a run is trained, and when it has ended: its page, its pictures, and its events.

In: a plan, and the log and previews of a run. Out: a page, pictures, and events for TensorBoard, in the run's folder.
Must not know: how a step is computed, and when checks are made.
"""
