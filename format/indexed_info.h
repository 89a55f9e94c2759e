// What is in a capture by its index, with no more of the file read than that takes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "format/info.h"
#include "format/keys.h"

namespace httpprof::format {

// Nothing where that cannot be done: the file is not a regular one, not closed cleanly, without
// index or totals, damaged where it was looked at, or encrypted for others than `key`.
std::optional<CaptureInfo> read_indexed_info(const std::string& path,
                                             const std::shared_ptr<const SecretKey>& key);

}  // namespace httpprof::format
