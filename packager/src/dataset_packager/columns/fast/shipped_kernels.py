"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "ee5cf535353b34415d787194cce52163a83af24579cc9cbb00b68a1388713f3a"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "09b2f972f54e9d1f38b64b336964fd71465a554fde353c261fdae1b46d393ac4",
    "kernel-linux-aarch64.so": "bb0f633322977066862d3d068eebabeb2625c85b8f87e4299c0f73b7b45f621d",
    "kernel-macos-x86_64.dylib": "ba1f7d0b67fe53e43a49f3010e198144a1e140e12ad9ef48827af1627e191ca7",
    "kernel-macos-aarch64.dylib": "e20bec69ffe6796071ad5843bf3354ddc33d3e4b6199891d59b73ea49772f536",
}
"""The SHA-256 of each file."""
