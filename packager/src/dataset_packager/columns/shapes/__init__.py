"""What a JSON Schema says of the values it allows, as far as columns need it.

``algebra`` holds shapes and how they combine, ``keywords`` reads them from schemas, ``layout`` makes columns of them.
"""
