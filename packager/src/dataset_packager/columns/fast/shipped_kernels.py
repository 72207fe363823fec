"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "e3616f9192d309ec31c2b22efc4ebf24f241693f9bf3a4f4bf3ccc8fd4ad2f93"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "77dcbed04fa4f12171456caff6ac5350a9b836a90293caed764394a191f5af0a",
    "kernel-linux-aarch64.so": "2596ecd9fe6fd224d114dfe8dd52dc4016f812498f9f1f14cf8baeba84a06865",
    "kernel-macos-x86_64.dylib": "2b0cc2dc3f43c9a9b298a46369d2c0a1b389c55ab6f58236f8ceaec27e4ec62a",
    "kernel-macos-aarch64.dylib": "78f5de5485b084d1fcd5b4a81e4ed6e1d328763a06a21f658abe379d9a883e15",
}
"""The SHA-256 of each file."""
