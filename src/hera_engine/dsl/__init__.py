"""The posting schema as a document: both forms in, syntax nodes and diagnostics out.

``text -> scan -> parse -> build -> nodes.Schema`` and, the other way, ``nodes -> format -> text``;
the JSON form has its own way in and out, and `check` reads the nodes of either. Nothing here
decides what a schema does. The room imports floors F0 to F2; Lark is imported in `parse` alone.
"""
