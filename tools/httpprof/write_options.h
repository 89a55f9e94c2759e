// The options of every command that makes a capture out of others.
#pragma once

#include <string>
#include <vector>

#include "format/edit/derived_capture.h"
#include "format/result.h"

namespace CLI {
class App;
}

namespace httpprof::cli {

struct WriteArguments {
    std::string output;
    bool overwrite = false;
    std::vector<std::string> encrypt_to;  // public keys, or paths of them
    std::string sign_key;                 // path of a secret key; empty: none
    int zstd_level = 1;
    std::vector<std::string> command_line;
};

// Adds -o, -f, --encrypt-to, --sign-key and --zstd-level. `arguments` must live as long as
// `command`. The command line is that of the program.
void add_write_options(CLI::App& command, int argc, char** argv, WriteArguments& arguments);

// Reads the keys.
Result<format::DeriveOptions> derive_options(const WriteArguments& arguments);

}  // namespace httpprof::cli
