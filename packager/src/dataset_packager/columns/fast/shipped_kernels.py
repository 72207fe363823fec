"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "d93ea7e6ec286ca31c149e5f2cdd15649c961171187196247c044fca0a14ba6a"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "7f4f1aec76734f95cd90c0e307690ec047c7c46223fa1583cd1173d0ef269a40",
    "kernel-linux-aarch64.so": "cf7271523c9f276f9e9338f2784238ec49c4e78873aa8bee3fc36619b64a3499",
    "kernel-macos-x86_64.dylib": "7ac2a360b6deb25f292b41a95bfcce456874220346b97b6dd17cda74dcdcd1cf",
    "kernel-macos-aarch64.dylib": "7cb7c4c8de6f83160dda692cdf3414feca22fa02e756753e303efb899f8b0733",
}
"""The SHA-256 of each file."""
