"""The forms in which providers and frameworks send the chunks of an answer: one module for each.

Each has a function `take`, which adds a chunk to an `Answer` and returns whether the chunk brought content; None for a
chunk of another form. To read the stream of another provider, add a module here, and its function to `accumulator`.
"""
