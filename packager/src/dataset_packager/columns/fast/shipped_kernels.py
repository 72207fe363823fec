"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "9d154c3bec7dd5a6685193099531e6e71ed0ba3e97c9ec37dc4178c2706ae010"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "e30f1385fb3bf70741fdf549ba78dddfc64dfe07f506e686dfce208eaf1dff2e",
    "kernel-linux-aarch64.so": "909fc028d6a8f0c2309ee3b648c22e7b403770f9f67ac44020f60effe64b68fd",
    "kernel-macos-x86_64.dylib": "c0cee3b662e1395decccd7d310c10690416534e4e883a69b5dc6032f27ddc60d",
    "kernel-macos-aarch64.dylib": "adca56348a481528a57c3efdcb93370fd0dbb1459f040760062b9e8ae389a088",
}
"""The SHA-256 of each file."""
