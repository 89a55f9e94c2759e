// What is in a capture, without what its records say: for `httpprof info`.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/reader.h"
#include "format/result.h"

namespace httpprof::format {

struct Moment {
    std::uint64_t boottime_ns = 0;
    std::optional<std::int64_t> realtime_ns = {};  // nothing where there is no Clock to tell
};

struct TimeSpan {
    Moment first;
    Moment last;
};

struct CaptureInfo {
    bool from_index = false;                          // else by reading all of the file
    std::optional<std::uint16_t> minor_version = {};  // of the format
    std::optional<Header> header = {};
    bool contents_hidden = false;  // it is encrypted, and there was no key

    std::map<std::uint8_t, std::uint64_t> frames = {};  // by type; intact ones
    std::uint64_t records = 0;
    std::uint64_t file_size = 0;
    std::uint64_t raw_bytes = 0;               // as in Totals
    std::optional<TimeSpan> span = {};         // from the first Clock to the last time of any frame
    std::optional<TimeSpan> record_span = {};  // of the records' own times
    // Nothing where contents are hidden.
    std::optional<std::uint64_t> record_bytes = {};
    std::optional<std::uint64_t> connections = {};
    std::optional<std::uint64_t> processes = {};

    std::optional<Stats> stats = {};  // the last ones
    std::vector<Source> sources = {};
    std::vector<Counter> changes = {};

    bool has_end = false;
    std::string end_reason = {};  // without an End: what stands there instead
    std::optional<Signature> signature = {};
    std::uint64_t damages = 0;  // that were found; with the index only what it needs is looked at
};

// Reads only the ends of a regular file that has an index. `path` is as for open_capture().
// Encrypted captures are read without a key as well.
Result<CaptureInfo> read_info(const std::string& path, const ReadOptions& options);

}  // namespace httpprof::format
