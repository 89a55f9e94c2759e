// The last stage of reading: frames in the order of their numbers, each once, and every break of
// the chain in words.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "format/digest.h"
#include "format/preamble.h"
#include "format/record_source.h"

namespace httpprof::format {

// Frames that stand too early wait for those that belong before them, in no more than a fixed
// amount of memory; a frame that comes when its place has passed is given late.
class FrameSequence : public RecordSource {
  public:
    // `source` gives the frames of a file as they stand there. `preamble` is the digest of the
    // file's first bytes; nothing when they are not a preamble.
    FrameSequence(std::unique_ptr<RecordSource> source, std::optional<Digest> preamble)
        : source_(std::move(source)),
          previous_(preamble),
          end_offset_(preamble ? kPreambleSize : 0) {}

    Result<std::optional<Frame>> next() override;

  private:
    using Number = std::uint64_t;

    void take(Frame frame);
    void take_unreadable(Damage damage);
    void take_double(Frame frame);
    void hold(Frame frame);
    void give(Frame frame);
    void give_held_in_order();
    void give_first_held();
    void deliver(Frame frame);
    void finish();
    void report(Number number, Damage damage);
    void report_unreadable();
    void report_unreadable_before(Number number);
    void report_missing(Number first, Number end, std::uint64_t offset);
    void note_missing(Number first, Number end);
    bool was_missing(Number number);
    void check_chain(const Frame& frame);
    std::optional<std::string> why_out_of_place(const Frame& frame) const;
    bool is_forged(const Frame& frame) const;
    void settle_header(FrameContent& content);

    std::unique_ptr<RecordSource> source_;
    std::deque<Frame> ready_;
    bool finished_ = false;

    Number expected_ = 0;               // of the next frame
    Number before_ = 0;                 // of the frame before in the file
    std::optional<Digest> previous_;    // that the next frame must name, where it is known
    std::optional<Damage> unreadable_;  // bytes in front of the next frame
    std::map<Number, Frame> held_;
    std::size_t held_bytes_ = 0;
    std::map<Number, Number> missing_;  // first to one past the last
    std::uint64_t end_offset_;          // of what was read so far
    std::optional<Number> end_number_;  // of the End
    bool has_header_ = false;
    bool is_encrypted_ = false;  // as the Header says
};

}  // namespace httpprof::format
