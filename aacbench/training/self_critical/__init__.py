"""Self-critical sequence training (SCST): rewards, sampled captions, and the stage."""
