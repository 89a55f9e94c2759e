// A capture that is made of others: by leaving out, joining or redacting. README.md, "Derived
// captures", is the specification.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "format/edit/counters.h"
#include "format/frame.h"
#include "format/output_file.h"
#include "format/result.h"
#include "format/writer.h"

namespace httpprof::format {

// Where a derived capture goes and how it is written.
struct DeriveOptions {
    std::string output = {};  // as for OutputFile; "-" is standard output
    bool overwrite = false;
    WriteOptions write = {};
    std::vector<std::string> command_line = {};  // with the name of the program
};

// Without finish() it leaves no file.
class DerivedCapture {
  public:
    ~DerivedCapture();
    DerivedCapture(const DerivedCapture&) = delete;
    DerivedCapture& operator=(const DerivedCapture&) = delete;

    // What was written.
    struct Summary {
        std::uint64_t records = 0;
        std::uint64_t record_bytes = 0;  // their size, headers included
        std::uint64_t file_bytes = 0;
        Digest last_digest{};
        std::vector<Counter> changes = {};  // not those of before
    };

    // The Header of a source; the writer and the command line of this one are put into it.
    static Result<std::unique_ptr<DerivedCapture>> create(const DeriveOptions& options,
                                                          Header header);
    // For sources whose Header could not be read.
    static Header unknown_header();

    // Frames come out in the order of these calls; records are collected into frames of the usual
    // size. A frame of records ends where flush() is called or another frame follows.
    Result<void> add(const WireRecord& record);
    Result<void> add(std::string_view record) { return add(WireRecord{record}); }
    Result<void> add(const Snapshot& snapshot);
    Result<void> add(const Clock& clock);
    Result<void> flush();

    // What was left out or changed on the way, for the End.
    void count_change(std::string_view cause, std::uint64_t records, std::uint64_t bytes);
    // The same of the way to the sources.
    void count_changes_before(const std::vector<Counter>& changes) { changes_before_.add(changes); }

    // The latest statistics of a source; those of all sources are added up. `source` is any number
    // that tells it from the others. Counters only grow: what is less than before was out of order.
    void note_stats(std::size_t source, const Stats& stats);
    // A Stats frame of what was noted.
    Result<void> write_stats();

    // Writes the End and gives the file its name.
    Result<Summary> finish(const std::string& reason, std::vector<Source> sources);

  private:
    struct SourceStats {
        std::uint64_t time_ns = 0;
        Counters lost;
        Counters missing;
        Counters left_out;
    };

    explicit DerivedCapture(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}
    Stats combined_stats() const;
    std::vector<Counter> all_changes() const;

    std::unique_ptr<OutputFile> file_;
    std::unique_ptr<CaptureWriter> writer_;
    RecordBlock block_;
    std::map<std::size_t, SourceStats> stats_;
    Counters changes_;
    Counters changes_before_;
    bool has_ended_ = false;
};

}  // namespace httpprof::format
