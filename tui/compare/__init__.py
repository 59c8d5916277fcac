"""Two traces or spans, compared on a screen."""
