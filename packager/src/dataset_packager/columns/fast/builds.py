"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "743277a1b92895aa4c5820c1e82fe23d9b32595743abf02107df346baf099c54"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "f5905b553d628957121a771cf59d209273e835d79b4cbc38f568c5299d9154ce",
    "kernel-linux-aarch64.so": "86fc7b6f1d63daa8e03107336abb2ca0c1f3da8aec9d40db7544ac85e69d984d",
    "kernel-macos-x86_64.dylib": "99cfc644da9f346b4de1a334338d313a504d68c071521f31af76a77e7ade7af6",
    "kernel-macos-aarch64.dylib": "773a68dce4feb127acc904f73e98a056eddfa877b922a4581c2b1ba089b0efda",
}
"""The SHA-256 of each file."""
