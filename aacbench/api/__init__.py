"""Everything that the command line does, from Python; `import aacbench` offers these functions as its own."""

HOMES = {
    "compare": "comparing",
    "describe": "parts",
    "evaluate": "running",
    "list_parts": "parts",
    "load_board": "boards",
    "load_run": "running",
    "load_runs": "running",
    "run": "running",
    "score": "scoring",
    "score_report": "scoring",
}
"""In which module each function is."""
