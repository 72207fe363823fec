"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "f5d249e59d090bf755c795f9d235878197c91aef251ac218d0cbc3ef988e78e8"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "b22c354b81f4af0a300009df2b8476c7ffc10ef61d8597ef15a0cd884d940a53",
    "kernel-linux-aarch64.so": "07eb474809730000b0c0e62a956e1c758890f76bc99bd257fd21d93f6bcbe22d",
    "kernel-macos-x86_64.dylib": "e48a1662f6767a399a1fb9c31d404630b9199eb241fef5fda6f4e30d37a79c91",
    "kernel-macos-aarch64.dylib": "a3d48cceadd49606d50718c165abb0b9830454ee480a805220363c88de017319",
}
"""The SHA-256 of each file."""
