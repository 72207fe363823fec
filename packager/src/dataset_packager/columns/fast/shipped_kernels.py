"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "a4bfc30ccd27f79b5411315e1c78aca448271f6dc2102bf29b2cdf88359b3a17"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "dd58a02353e162588973fe8ead826c605b0815fa30a39e4ea8fda628c9ce0a18",
    "kernel-linux-aarch64.so": "06a211c0440e369cde892b9830a23a9ea517e3a21ee827e4109450d1968f5be7",
    "kernel-macos-x86_64.dylib": "b74c754f1f64ff715ea8df46e34a866f8930e433cb6383e484a202a3208c8382",
    "kernel-macos-aarch64.dylib": "dabe2c2a34d075051aaacd4391a8d81c2555178cfbc267c7712a2208b08c30d6",
}
"""The SHA-256 of each file."""
