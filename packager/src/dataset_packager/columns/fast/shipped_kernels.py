"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "c087a5c55b82ae6c6b6964e09cf43ed8b76053e9ff6355d03fd78749529a2441"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "d87bb76b3527778f0d3cd9120da174ddd1f264f4d8c0a1fa208d0113a6453559",
    "kernel-linux-aarch64.so": "ca24125977ef2d7c481ad0711bd34288c8050a6a44c66fc588bb856774477bae",
    "kernel-macos-x86_64.dylib": "d31d87fcdb7e299fb592e5d8b2949967e37e8929485b17ca8033931ec7e8dbf0",
    "kernel-macos-aarch64.dylib": "889f0be0422fa9b76712b41d62ba33c93d2393d715bfd9409d2dac36fed802f8",
}
"""The SHA-256 of each file."""
