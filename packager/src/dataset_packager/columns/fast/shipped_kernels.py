"""The machine code that is shipped in this folder: written by ``make kernel``, never by hand."""

SOURCE_SHA256 = "1490642323dc568894093d9b175cbbaa8d7a08f97e8471949c7d759cdc6cc4ff"
"""Of the ``kernel.c`` that all of them were compiled from."""
BUILDS = {
    "kernel-linux-x86_64.so": "c642b30a28140dd3cf13b1b36f78e3937a440c995bf81fd6a0eba35751c69c99",
    "kernel-linux-aarch64.so": "63bccb511f8b26bc0617e9d4e64914c9e8d0e2b570dd1e71da740dbf1c7bc5dd",
    "kernel-macos-x86_64.dylib": "d8e78f2db723f3244029d94586055d3b9d17ee820f909d2d8e30db74e6319f8e",
    "kernel-macos-aarch64.dylib": "f24c56867b0afb15849e332eff73385c1023dadd9e64bde96c71bda45108fb25",
}
"""The SHA-256 of each file."""
