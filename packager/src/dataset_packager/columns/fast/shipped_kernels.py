"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "14b4e678d718eb8c83f1ab2b3d21832bdd8ac3ac2cc83ac80bb2d83f1909e03e"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "8643a4059ef15e1bfc18bdca39ecbd7187d6b379bc6260d0997f2d30bb27ed35",
    "kernel-linux-aarch64.so": "a04063813e71e20bf3203a2340e29f9530aaa44566525ed1a1e9890216e2248c",
    "kernel-macos-x86_64.dylib": "ebb9c2d28eb964a50b1506dfacceeab726043d1b7dd01df2955e3bf128fd56b7",
    "kernel-macos-aarch64.dylib": "d1571162e0958e6feefc505ad61e88fd1f27518ca2d28fb19839a8ea14ebd503",
}
"""The SHA-256 of each file."""
