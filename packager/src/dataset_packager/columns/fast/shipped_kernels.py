"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "9defa5991c94d2628f6a51349dbad4c7d34b2d41b0553cb8bef6efe1e162d74d"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "6249a23ca5ba9fdd2ca56aab5abdc54d7db8ebe0e8955f4bc6480142df4d985e",
    "kernel-linux-aarch64.so": "5b6f6c21edef4e1c6e370c5c2f5771b3a7d8a2d34171f68340a814600f12d852",
    "kernel-macos-x86_64.dylib": "b6ae43381294758fe67263e5218697e7d9509c6628908428aad1d839473aee47",
    "kernel-macos-aarch64.dylib": "9bdb20cfb8f3503f1d5f5c34f73b01eeccf6b9c1ab3f494035152451c1eb75a1",
}
"""The SHA-256 of each file."""
