"""The filter language: text to tree (`parser`), tree to parameterised SQL (`compile`)."""
