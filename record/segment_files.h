// The names of a recording's files.
#pragma once

#include <string>

#include "record/segments.h"

namespace httpprof::record {

// "x.httpprof" becomes "x.000003.httpprof" for segment 3; another ending is left where it is.
std::string segment_path(const std::string& output, std::uint32_t segment);

// Fails when a file of any segment of this name exists, one that was not finished included.
Result<void> check_no_segments(const std::string& output);

// The files of a rotated recording, or the one file of another.
class SegmentFiles : public SegmentStore {
  public:
    SegmentFiles(std::string output, bool rotates, bool overwrite)
        : output_(std::move(output)), rotates_(rotates), overwrite_(overwrite) {}

    Result<std::unique_ptr<format::OutputFile>> create(std::uint32_t segment) override;
    Result<void> remove(std::uint32_t segment) override;

  private:
    std::string output_;
    bool rotates_;
    bool overwrite_;
};

// The pipe of a live recording, which is its only segment. Takes the descriptor over.
class PipeStore : public SegmentStore {
  public:
    explicit PipeStore(int descriptor) : descriptor_(descriptor) {}

    Result<std::unique_ptr<format::OutputFile>> create(std::uint32_t segment) override;
    Result<void> remove(std::uint32_t segment) override;

  private:
    int descriptor_;
};

}  // namespace httpprof::record
