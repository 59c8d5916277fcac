"""`tracetui demo`: a small RAG chat server, its load, and the text it retrieves from."""
