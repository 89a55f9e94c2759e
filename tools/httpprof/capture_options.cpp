#include "tools/httpprof/capture_options.h"

#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "format/keys.h"
#include "tools/httpprof/number_checks.h"

namespace httpprof::cli {

void add_capture_options(CLI::App& command, CaptureOptions& options) {
    command
        .add_option("--key", options.key,
                    "The secret key (NAME.key) of one whom the capture is encrypted for")
        ->type_name("FILE");
    command.add_option("--jobs", options.jobs, "Threads that decode the capture")
        ->transform(whole_number(1, 1024))
        ->default_str("one for each processor");
}

Result<format::ReadOptions> read_options(const CaptureOptions& options) {
    format::ReadOptions read{.jobs = options.jobs};
    if (options.key.empty()) return read;
    auto key = format::read_secret_key(options.key);
    if (!key) return key.error();
    read.key = std::make_shared<const format::SecretKey>(std::move(*key));
    return read;
}

}  // namespace httpprof::cli
