// Whether a capture is what its writer made, and says what it holds: for `httpprof verify`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "format/digest.h"
#include "format/keys.h"
#include "format/reader.h"
#include "format/result.h"

namespace httpprof::format {

struct Problem {
    std::uint64_t frame = 0;   // its number
    std::uint64_t offset = 0;  // in the file
    std::string what;
};

enum class SignatureState {
    none,
    unknown_key,  // valid, by a key that nobody vouches for
    known_key,    // valid, by the key that was asked for
    wrong,        // not valid, not where it belongs, or by another key
};

// What ties a file to the other segments of its recording. All as bytes.
struct SegmentLink {
    std::string capture_id;
    std::uint32_t segment = 0;
    std::string previous;     // digest that it names of the segment before
    std::string last_digest;  // of the segment as it was recorded; empty when not known
    bool is_derived = false;  // what was made of the segment, which can be many things
};

struct Verdict {
    std::string path;
    std::optional<Error> error = {};      // why it could not be read, or not to its end
    std::vector<Problem> problems = {};   // the first of them
    std::uint64_t problem_count = 0;      // all
    std::vector<std::string> notes = {};  // what is no problem of this file

    std::optional<std::uint16_t> minor_version = {};
    std::uint64_t frames = 0;  // that are intact
    std::uint64_t records = 0;
    std::optional<Digest> last_digest = {};
    bool contents_hidden =
        false;  // encrypted, and there was no key: only the structure was verified
    SignatureState signature = SignatureState::none;
    std::string signer = {};               // Ed25519 public key, 32 bytes
    std::optional<SegmentLink> link = {};  // nothing for a capture that was made of several
};

struct VerifyOptions {
    ReadOptions read = {};
    std::optional<PublicKey> signer = {};  // who must have signed the capture
};

// `path` is as for open_capture().
Verdict verify_capture(const std::string& path, const VerifyOptions& options);

// Adds to the verdicts of files that are segments of one recording where they do not continue each
// other.
void verify_segments(std::vector<Verdict>& verdicts);

}  // namespace httpprof::format
