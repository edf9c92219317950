{
  "variables": { "readyd_sanitize%": "" },
  "targets": [
    {
      "target_name": "readyd",
      "sources": [
        "native/addon.cc",
        "native/allocation.cc",
        "native/batch.cc",
        "native/descriptor.cc",
        "native/memfd.cc",
        "native/socket_info.cc",
        "native/stand_in.cc",
        "native/unix_socket.cc",
        "native/vsock.cc",
        "native/waiting.cc",
      ],
      "include_dirs": ["node_modules/node-addon-api"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED",
        # A worker thread that is terminated in the middle of a call can take no exception; that must not abort the process.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      # With it glibc renames fcntl and lseek to names that musl does not have; 64-bit systems need no such switch.
      "defines!": ["_FILE_OFFSET_BITS=64", "_LARGEFILE_SOURCE"],
      # The file needs libc alone: no exceptions, no RTTI, no guard variables, no libstdc++ on the link line. Nor libc itself,
      # which whoever loads it has: named, it would be glibc's, and Bun for musl refuses a file that names that.
      "cflags_cc": [
        "-std=c++17", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-Wno-cast-function-type",
        "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fvisibility=hidden", "-ffunction-sections", "-fdata-sections", "-Os",
      ],
      # What distributions switch on by default, and differ in, is stated: the bytes depend on the compiler's version alone.
      # No _FORTIFY_SOURCE: its functions (__memcpy_chk) are glibc's, and musl may lack them.
      "cflags": ["-U_FORTIFY_SOURCE", "-fstack-clash-protection", "-fno-plt"],
      "cflags_cc!": ["-O3"],
      "cflags!": ["-O3"],
      "ldflags": ["-nodefaultlibs", "-Wl,--as-needed", "-Wl,--gc-sections", "-Wl,--exclude-libs,ALL", "-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,--version-script=../native/exports.map"],
      "conditions": [
        ["OS!='linux'", { "type": "none" }],
        ["target_arch=='x64'", { "cflags": ["-fstack-protector-strong", "-fcf-protection=full"] }],
        # Its stack protector reads a variable of glibc's dynamic linker, which is not part of libc.
        ["target_arch=='arm64'", { "cflags": ["-fno-stack-protector", "-mbranch-protection=standard"] }],
        ["readyd_sanitize!=''", {
          "cflags_cc": ["-fsanitize=<(readyd_sanitize)", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer", "-g"],
          "ldflags": ["-fsanitize=<(readyd_sanitize)"],
          "ldflags!": ["-nodefaultlibs"],
        }],
      ],
    },
  ],
}
