"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "2d27a977daea5a74cd341e959e70f8c216bc63d042b2d68e2b4ed2504231bdc1"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "5a3bccaf145526055f5e2652a25419cdc0132eeb28fc710698224af16de2bd36",
    "kernel-linux-aarch64.so": "7c95163357e1f4bd867c22e8a2aaa9daf305581b864968e71671c2eeeb1fa27a",
    "kernel-macos-x86_64.dylib": "582ee3ad049add5eca33648e2717e28b79d5556f2731f6c334db4b32cf4b11aa",
    "kernel-macos-aarch64.dylib": "34ee7f684b39700a4e2c657bcb153cfd5d7937771f748e778debb92effe8293e",
}
"""The SHA-256 of each file."""
