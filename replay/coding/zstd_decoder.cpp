#include "replay/coding/zstd_decoder.h"

#include "format/zstd_stream.h"

namespace httpprof::replay {
namespace {

constexpr int kWindowLog = 23;  // RFC 9659, 3: 8 MiB

MemberDecoder::State to_state(format::ZstdStream::State state) {
    using From = format::ZstdStream::State;
    using To = MemberDecoder::State;
    switch (state) {
        case From::inside:
            return To::inside;
        case From::ended:
            return To::ended;
        case From::window_too_large:
            return To::window_too_large;
        case From::damaged:
            break;
    }
    return To::damaged;
}

class ZstdDecoder : public MemberDecoder {
  public:
    std::size_t start_size() const override { return kFrameMagic.size(); }

    bool can_start_with(std::string_view start) const override {
        return kFrameMagic.starts_with(start) || can_start_skippable(start);
    }

    bool repeats() const override { return true; }

    void begin(std::string_view) override {}  // a stream that has ended is ready for a frame

    Step decode(std::string_view input, std::span<char> room) override {
        const auto step =
            stream_.decode(std::as_bytes(std::span(input)), std::as_writable_bytes(room));
        return {step.read, step.written, to_state(step.state)};
    }

  private:
    // RFC 8878, 3.1: both in little-endian order; the first of a skippable one is 0x50 to 0x5f.
    static constexpr std::string_view kFrameMagic = "\x28\xb5\x2f\xfd";
    static constexpr std::string_view kSkippableMagic = "\x50\x2a\x4d\x18";

    static bool can_start_skippable(std::string_view start) {
        if (start.empty()) return true;
        return (static_cast<unsigned char>(start[0]) & 0xf0U) == 0x50U &&
               kSkippableMagic.substr(1).starts_with(start.substr(1));
    }

    format::ZstdStream stream_{kWindowLog};
};

}  // namespace

std::unique_ptr<MemberDecoder> make_zstd_decoder() {
    return std::make_unique<ZstdDecoder>();
}

}  // namespace httpprof::replay
