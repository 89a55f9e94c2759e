// Makes a capture out of one other, record by record.
#pragma once

#include <string>
#include <vector>

#include "format/edit/derived_capture.h"
#include "format/edit/source_reader.h"
#include "format/frame.h"
#include "format/reader.h"
#include "format/record.h"
#include "format/result.h"

namespace httpprof::format {

// What becomes of the content of a source. By default it passes as it is.
class Transform {
  public:
    virtual ~Transform() = default;

    // The Header of the source, before it goes into the new capture.
    virtual void begin(Header& header);
    // `bytes` is what `record` was decoded from; it is not malformed. Both are good during the
    // call.
    virtual Result<void> take(const Record& record, const WireRecord& bytes, DerivedCapture& out);
    virtual Result<void> take(const Snapshot& snapshot, DerivedCapture& out);
    // All was read: for what was held back.
    virtual Result<void> finish(DerivedCapture& out);
};

// What was made, and of what.
struct EditOutcome {
    DerivedCapture::Summary written;
    std::vector<SourceAccount> sources = {};
    std::vector<std::string> notes = {};  // for people: segments that are not among the sources
    bool was_encrypted = false;           // a source

    // Whether all of the sources were there and could be read.
    bool is_complete() const;
};

// Reads `input` to its end. Malformed records and frames of unknown types are left out and counted,
// damage as well. A frame of records gives one frame, as far as its records stay. An Error leaves
// no finished file.
Result<EditOutcome> run_transform(const std::string& input, const ReadOptions& reading,
                                  Transform& transform, const DeriveOptions& writing);

// Writes the End of `out`, with what the accounts say of the sources. `missing_segments`: of the
// recording that the sources are segments of.
Result<EditOutcome> finish_derived(DerivedCapture& out, std::vector<SourceAccount> sources,
                                   std::uint64_t missing_segments = 0);

}  // namespace httpprof::format
