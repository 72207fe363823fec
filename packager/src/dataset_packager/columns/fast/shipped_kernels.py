"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "4ed80e4edcf759845d68077b3ea858af4e1a48b47b2d65413c51482b0ef7dfd3"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "b1007f93dbd82fe5c4427d646ccfdf544965f4bc1254abc74d83adfceb620db0",
    "kernel-linux-aarch64.so": "d8e41aad4b5793db06b0212784dc8235b133aeb759694c58fe43c8294edeea22",
    "kernel-macos-x86_64.dylib": "998c8af6e602df7bf9faf976b1dcb1ae3b5a4a5f7ca153e8588e7eb12c52c81f",
    "kernel-macos-aarch64.dylib": "66edcdf43a81e5ee492c81ea2e94851bc9c2acc260dca398ac4d0fed4323e3ff",
}
"""The SHA-256 of each file."""
