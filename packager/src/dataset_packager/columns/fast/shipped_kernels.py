"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "74d2c31d6502874cb97a02c6fc2f010d60200e5a4cd48621b240c5c910990043"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "bd66196923c0cc56c029d2803643a811490b02549e8a2bda8150c53d408e01f3",
    "kernel-linux-aarch64.so": "16691692383ca027137c0136ddd05c31b91e41cafbb3c7af4d3f7c78109c7584",
    "kernel-macos-x86_64.dylib": "64b2d04d3d6efdb5553b9c85978e0be499d1194b4528ec9cafe6fc7a73ad31de",
    "kernel-macos-aarch64.dylib": "7b03d32ba5840ca6e9da7949ac3cfcebb41c6502fa11c54e1be08b95cd21d848",
}
"""The SHA-256 of each file."""
