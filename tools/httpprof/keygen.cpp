#include "tools/httpprof/keygen.h"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "format/keys.h"
#include "tools/httpprof/report.h"

namespace httpprof::cli {
namespace {

int run_keygen(const std::string& name) {
    const format::SecretKey key = format::SecretKey::generate();
    if (auto written = format::write_key_pair(key, name); !written) return fail(written.error());
    report(
        "the secret key is in %s.key: it reads captures that are encrypted for it, and signs; "
        "keep it off the recorded hosts unless it is to sign there",
        name.c_str());
    report("the public key is in %s.pub", name.c_str());
    return print(format::to_text(key.public_key()) + '\n');
}

}  // namespace

void add_keygen(CLI::App& app, int& exit_status) {
    CLI::App* command = app.add_subcommand("keygen", "Make a key pair: NAME.key and NAME.pub");
    auto name = std::make_shared<std::string>("httpprof");
    command->add_option("-o,--output", *name, "NAME of the two files, which must not be there yet")
        ->type_name("NAME")
        ->capture_default_str();
    command->callback([name, &exit_status] { exit_status = run_keygen(*name); });
}

}  // namespace httpprof::cli
