"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "041b3ef3b42dd905931607ef6c5a3370e33cd28d7513453821860e78dda12aae"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "079526ab6d6e0b0d6eb9c75e3a3de374711b3fcfe50726d42e8bb25953514261",
    "kernel-linux-aarch64.so": "9a00cfeb12920f1ca748b79b1dd0195184125291c0403f6805d5375c4bbfe6a8",
    "kernel-macos-x86_64.dylib": "c9621cb8d24bb11ba76c4cc9a8bce7590345fb47d3bc81c5094b3e47272606d1",
    "kernel-macos-aarch64.dylib": "0e955c02b1e6009f5eb580d229939ab87c7515f177995e5107cc248cd362ccae",
}
"""The SHA-256 of each file."""
