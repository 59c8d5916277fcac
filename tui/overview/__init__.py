"""Many traces at one look: sessions, one session as a conversation, and an overview over time."""
