// Captures as files, and all that is in one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "format/frame.h"
#include "format/reader.h"
#include "format/writer.h"
#include "tests/support/temporary_directory.h"

namespace httpprof::test {

// What a capture says, frame by frame taken apart.
struct CaptureContent {
    format::Header header;
    std::vector<std::string> records;
    std::vector<std::size_t> frame_sizes;  // records of each frame
    std::vector<format::Snapshot> snapshots;
    std::vector<format::Clock> clocks;
    std::vector<format::Stats> stats;
    std::optional<format::End> end;
    bool is_signed = false;
    std::vector<std::string> damage;
};

CaptureContent read_content(const std::string& path, const format::ReadOptions& options = {});

// produced = recorded + lost, and what is recorded is there.
void expect_consistent(const CaptureContent& content);

// Nothing in the file is wrong.
void expect_verifies(const std::string& path);

class CaptureFolder {
  public:
    std::string path(const std::string& name) const { return directory_.path() / name; }
    // A file with these bytes; its path.
    std::string file(const std::string& name, const std::string& bytes) const;
    // A capture with what `write` writes behind the Header. The End has the latest Stats that
    // `write` returns.
    std::string capture(const std::string& name, const format::Header& header,
                        const std::function<format::Stats(format::CaptureWriter&)>& write) const;
    // One with a Clock and a frame of these records.
    std::string capture_of(const std::string& name, const std::vector<std::string>& records,
                           const format::Header& header) const;

  private:
    TemporaryDirectory directory_;
};

void write_records(format::CaptureWriter& writer, const std::vector<std::string>& records);

// The cause's counter; zeros where there is none.
format::Counter counter(const std::vector<format::Counter>& counters, const std::string& cause);

}  // namespace httpprof::test
