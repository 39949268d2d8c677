"""The method `command`: any program that captions, in whatever environment it lives."""
