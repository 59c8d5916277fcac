"""Every private name of somebody else's package: what instrumentors and clients leave out is added here."""
