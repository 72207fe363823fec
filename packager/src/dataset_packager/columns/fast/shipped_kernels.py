"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "fbf3a344d1c8b2f1f3ccfaf9d621a1074ad3447f1ea0e6a32ce12165deed79fa"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "c692da4c69a6059ccd3b629deebc89dc9f7005f40bb52c0c112b950465c208c0",
    "kernel-linux-aarch64.so": "bdbec69c083f893c5d015725c6397f4e448f03b4aa502027761352cb53408fb5",
    "kernel-macos-x86_64.dylib": "8e1a1eb9c8ae28c5ed4b4a9bf12d54bb3a5b17c4dcbd782308a6dc7bd6ac2e01",
    "kernel-macos-aarch64.dylib": "ac4443d6df3563b78d00c2c404ab7b0baef85a8220b2a9a8f164a6f6d7cda8b4",
}
"""The SHA-256 of each file."""
