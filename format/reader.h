// Reads a capture from a descriptor, a pipe included, and trusts nothing in it.
#pragma once

#include <memory>
#include <string>

#include "format/input.h"
#include "format/keys.h"
#include "format/record_source.h"

namespace httpprof::format {

struct ReadOptions {
    unsigned jobs =
        1;  // threads that decode frames; the frames and their order do not depend on it
    std::shared_ptr<const SecretKey> key = nullptr;  // for encrypted captures
    bool pass_encrypted = false;  // without a key, give EncryptedFrames instead of an Error
};

// Opens `path` ("-" is standard input; "x" also finds "x.part", what a recorder left that did not
// end). Fails when the file cannot be opened or is not a capture of this major version.
//
// Every frame that is whole is given, in the order in which it was written, whatever stands between
// them. Whatever cannot be read is a Damage: a frame with a wrong digest or content in its place,
// bytes that are no frame where they stand, frames that are missing, doubled or out of order, a
// break of the chain, and a capture that was not closed cleanly.
//
// Memory is bounded, whatever the file says: README.md, "Content is hostile", has the budget.
Result<std::unique_ptr<RecordSource>> open_capture(const std::string& path,
                                                   const ReadOptions& options);

// The same of an input at its start, of which bytes may be in view.
Result<std::unique_ptr<RecordSource>> read_capture(Input input, const ReadOptions& options);
// The same from an open descriptor, which it takes over. `name` is for messages.
Result<std::unique_ptr<RecordSource>> read_capture(int descriptor, const std::string& name,
                                                   const ReadOptions& options);

// Whether a path has nothing for a second reader: standard input ("-"), a pipe.
bool is_read_once(const std::string& path);

}  // namespace httpprof::format
