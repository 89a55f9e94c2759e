#include "tools/httpprof/write_options.h"

#include <CLI/CLI.hpp>

#include "format/keys.h"

namespace httpprof::cli {

void add_write_options(CLI::App& command, int argc, char** argv, WriteArguments& arguments) {
    // Without the path of the program, which says nothing of the capture.
    arguments.command_line.assign(1, "httpprof");
    for (int i = 1; i < argc; ++i)
        arguments.command_line.emplace_back(argv[i]);
    command
        .add_option("-o,--output", arguments.output,
                    "Write the new capture to this file; - is standard output")
        ->type_name("FILE")
        ->required();
    command.add_flag("-f,--force", arguments.overwrite, "Replace the file if it exists");
    command
        .add_option("--encrypt-to", arguments.encrypt_to,
                    "Encrypt it for the owner of this public key (NAME.pub, or the key "
                    "itself); may be given several times")
        ->allow_extra_args(false)
        ->type_name("KEY");
    command.add_option("--sign-key", arguments.sign_key, "Sign it with this secret key (NAME.key)")
        ->type_name("FILE");
    command.add_option("--zstd-level", arguments.zstd_level, "How hard to compress")
        ->check(CLI::Range(1, 19))
        ->capture_default_str();
}

Result<format::DeriveOptions> derive_options(const WriteArguments& arguments) {
    format::DeriveOptions options{.output = arguments.output,
                                  .overwrite = arguments.overwrite,
                                  .write = {.zstd_level = arguments.zstd_level},
                                  .command_line = arguments.command_line};
    for (const std::string& text : arguments.encrypt_to) {
        auto key = format::read_public_key(text);
        if (!key) return key.error();
        options.write.encrypt_to.push_back(*key);
    }
    if (arguments.sign_key.empty()) return options;
    auto key = format::read_secret_key(arguments.sign_key);
    if (!key) return key.error();
    options.write.sign_key = *std::move(key);
    return options;
}

}  // namespace httpprof::cli
