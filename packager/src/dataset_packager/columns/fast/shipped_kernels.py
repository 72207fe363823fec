"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "ae3b62ca4dc884fd0425b6fcb46757a98abfd98eea3d26cd012d8a6a343a1c04"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "24a0af965f134d416acea415a349f198eade287e31f4b677a27d713f5816ad38",
    "kernel-linux-aarch64.so": "f186eed0f45b2ce123e869e7604d0c1b48e6e1c1d2be850e821c53fd2c7c307e",
    "kernel-macos-x86_64.dylib": "b05f41489c41e61d01757ab5d48b826fc089a3c38ac593a908dc24644650e1fa",
    "kernel-macos-aarch64.dylib": "e239f5c31f6cde0621f93dd3fef8631677b84f9574dc8f47894cd33fb6958671",
}
"""The SHA-256 of each file."""
