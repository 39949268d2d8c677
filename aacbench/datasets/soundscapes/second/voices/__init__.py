"""The voices that version 2.0 adds: one function an event class."""
