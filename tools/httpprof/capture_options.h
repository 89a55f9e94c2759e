// The options of every command that reads captures.
#pragma once

#include <algorithm>
#include <string>
#include <thread>

#include "format/reader.h"
#include "format/result.h"

namespace CLI {
class App;
}

namespace httpprof::cli {

struct CaptureOptions {
    std::string key;  // path of a secret key; empty: none
    unsigned jobs = std::max(1u, std::thread::hardware_concurrency());
};

// Adds --key and --jobs. `options` must live as long as `command`.
void add_capture_options(CLI::App& command, CaptureOptions& options);

// Reads the key. Encrypted captures are refused where there is none.
Result<format::ReadOptions> read_options(const CaptureOptions& options);

}  // namespace httpprof::cli
