"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "562620d8f9e6181bc87f1968153592867ce0632b6639c4b8572e13a988c4f3fd"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "1ce8a2627df2b1e570f101c7d08c3ad723edab12f1d5d92e3236fd730130be64",
    "kernel-linux-aarch64.so": "747b0772b10b9afc98da0b665e6ab98a74cb0665c3f81199c638745acfe318c7",
    "kernel-macos-x86_64.dylib": "14a4a19898e2b8504016e5eae8e5ca909ac4f8f50ace874434a86942fbba56b3",
    "kernel-macos-aarch64.dylib": "1fe6910528146ad3baf2222efc74e5979a779e23cd232ab7b7d2760982e4baf9",
}
"""The SHA-256 of each file."""
