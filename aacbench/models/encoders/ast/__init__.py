"""The encoder AST: the network, and the forms in which its weights are published."""

from aacbench.models.encoders.ast.files import fit_positions, load_published, named
from aacbench.models.encoders.ast.network import FILL, Ast

__all__ = ["FILL", "Ast", "fit_positions", "load_published", "named"]
