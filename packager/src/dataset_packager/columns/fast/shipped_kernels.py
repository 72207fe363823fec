"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "fa3affa3af501c7532c9e55b5f7f3e4ff64c83348c9c7f5ac26db11ef217dce6"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "780b9d94c32862eb54eee05c295d96d6da11b39d62258a4f368f5e6cdf060d52",
    "kernel-linux-aarch64.so": "0fa6ee4551d6c120a8412116a0c61a3c05089de73e575bdec59eb5fdf4dc2990",
    "kernel-macos-x86_64.dylib": "2ef1cabb2e28e87ab0e9fc91f0b7bd6fe544446898919176555316bf6605f95b",
    "kernel-macos-aarch64.dylib": "7f6f566cb1ff2ad7e7ec0cb8cd24a08089b3b0dc01d97ca7f35605c8beaf82ca",
}
"""The SHA-256 of each file."""
