"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "a9f8813ea449664be372301c44e4415ea26ad402439b5c85b3603e68f4dc32a1"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "f28dbe89c2bba17794b8af498d29157b62d09a261b9c1353e9e1953a4c98896a",
    "kernel-linux-aarch64.so": "c69e31451800870b6c7ece69f945e9983b2400b8707f5fcd218f0b6421185225",
    "kernel-macos-x86_64.dylib": "0689faa4f0a7e4fc5cbbd67a08e4575f2a3a38c3310314143c9a60c689966b32",
    "kernel-macos-aarch64.dylib": "761934f4cc8097508ec6d1bcb3a1dba73b2a03de388b6d1ddf2b06a6af3d3079",
}
"""The SHA-256 of each file."""
