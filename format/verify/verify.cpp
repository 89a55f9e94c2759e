#include "format/verify.h"

#include <utility>
#include <variant>

#include "format/preamble.h"
#include "format/verify/counter_check.h"
#include "format/verify/index_check.h"
#include "format/verify/problems.h"
#include "format/verify/signature_check.h"
#include "format/verify/structure_check.h"

namespace httpprof::format {
namespace {

class Verifier {
  public:
    Verifier(Verdict& verdict, const VerifyOptions& options)
        : verdict_(verdict),
          structure_(verdict),
          counters_(verdict),
          index_(verdict),
          signature_(verdict, options.signer) {}

    void add(Frame frame) {
        const bool is_frame = frame.header.type != 0;
        if (is_frame && frame.header.number == 0)
            verdict_.minor_version = minor_version_of(frame.header.previous);
        if (const auto* damage = std::get_if<Damage>(&frame.content)) {
            // A frame with a damaged content stands where it stood.
            if (!is_frame) index_.note_damage();
            add_problem(
                verdict_,
                {.frame = frame.header.number, .offset = damage->offset, .what = damage->what});
        } else {
            add_intact(frame);
        }
        last_.offset = frame.offset;
        last_.header = frame.header;
    }

    void finish() {
        if (unknown_frames_ > 0)
            verdict_.notes.push_back("frames of a type that this version does not know: " +
                                     std::to_string(unknown_frames_));
        // Of a file that was not read to its end nothing can be said to be missing.
        if (verdict_.error) return;
        signature_.finish(last_);
        if (!header_) return;
        check_previous_segment();
        link();
    }

  private:
    void add_intact(const Frame& frame) {
        if (std::holds_alternative<EncryptedFrame>(frame.content)) verdict_.contents_hidden = true;
        if (std::holds_alternative<UnknownFrame>(frame.content)) ++unknown_frames_;
        structure_.add(frame);
        counters_.add(frame);
        index_.add(frame);
        signature_.add(frame);
        ++verdict_.frames;
        verdict_.records += frame.header.record_count;
        // One that stands too late in the file is not the last one.
        if (frame.header.number >= last_number_) {
            last_number_ = frame.header.number;
            verdict_.last_digest = frame.digest;
        }
        if (const auto* header = std::get_if<Header>(&frame.content)) keep(*header);
        if (const auto* end = std::get_if<End>(&frame.content);
            end != nullptr && !end->sources.empty())
            keep(end->sources);
    }

    void keep(const Header& header) {
        header_ = SegmentLink{.capture_id = header.capture_id,
                              .segment = header.segment,
                              .previous = header.previous_segment,
                              .last_digest = {},
                              .is_derived = !header.derivation.empty()};
    }

    void keep(const std::vector<Source>& sources) {
        is_of_several_ = sources.size() > 1;
        source_digest_ = sources.front().last_digest;
    }

    // Of a derived capture these are those of its sources, of which only some may be there.
    void check_previous_segment() {
        if (header_->is_derived || (header_->segment == 0) == header_->previous.empty()) return;
        add_problem(verdict_,
                    {.frame = 0,
                     .offset = kPreambleSize,
                     .what = header_->segment == 0 ? "the first segment names one before it"
                                                   : "it does not name the segment before it"});
    }

    void link() {
        if (is_of_several_) return;
        verdict_.link = std::move(header_);
        if (verdict_.link->is_derived)
            verdict_.link->last_digest = source_digest_;
        else if (verdict_.last_digest)
            verdict_.link->last_digest.assign(verdict_.last_digest->begin(),
                                              verdict_.last_digest->end());
    }

    Verdict& verdict_;
    StructureCheck structure_;
    CounterCheck counters_;
    IndexCheck index_;
    SignatureCheck signature_;
    Frame last_;  // without its content
    std::uint64_t last_number_ = 0;
    std::uint64_t unknown_frames_ = 0;
    std::optional<SegmentLink> header_;
    bool is_of_several_ = false;
    std::string source_digest_;
};

Result<void> read_all(const std::string& path, const ReadOptions& options, Verifier& verifier) {
    ReadOptions all = options;
    all.pass_encrypted = true;
    auto source = open_capture(path, all);
    if (!source) return source.error();
    while (true) {
        auto frame = (*source)->next();
        if (!frame) return frame.error();
        if (!*frame) return {};
        verifier.add(**std::move(frame));
    }
}

}  // namespace

Verdict verify_capture(const std::string& path, const VerifyOptions& options) {
    Verdict verdict{.path = path};
    Verifier verifier(verdict, options);
    if (auto read = read_all(path, options.read, verifier); !read) verdict.error = read.error();
    verifier.finish();
    return verdict;
}

}  // namespace httpprof::format
