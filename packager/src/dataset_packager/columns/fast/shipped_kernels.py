"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "7feade3ff16a56f40f40c8c9296f49e9ee7b7525e39b49a436a85432aa195ff3"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "6b67026a09d30ab660f6b4d8a40c0a64fb00f29606ec967989e384f774f5649e",
    "kernel-linux-aarch64.so": "0bb9872fab0f7fba30c238ef2337d470fbaf521282fad0c454f31b1317914908",
    "kernel-macos-x86_64.dylib": "17df9af1a32c3cc01edce872b46d19234e5840e1557653d7c728e0b7c9b5d424",
    "kernel-macos-aarch64.dylib": "614f2f68b9479f0314ec512a1c968e5cc4dfb37841d57a6dc24b36fa29352804",
}
"""The SHA-256 of each file."""
