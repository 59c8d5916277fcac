"""`tracetui demo`: a small RAG chat server, its users, and the handbook it answers from."""
