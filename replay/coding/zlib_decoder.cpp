#include "replay/coding/zlib_decoder.h"

#include <algorithm>
#include <limits>
#include <new>

#include <zlib.h>

namespace httpprof::replay {
namespace {

constexpr int kRaw = -MAX_WBITS;
constexpr int kZlib = MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;

uInt zlib_size(std::size_t size) {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

MemberDecoder::State to_state(int result) {
    switch (result) {
        case Z_OK:
        case Z_BUF_ERROR:
            return MemberDecoder::State::inside;  // nothing to do without input
        case Z_STREAM_END:
            return MemberDecoder::State::ended;
        case Z_MEM_ERROR:
            throw std::bad_alloc();
        default:
            return MemberDecoder::State::damaged;
    }
}

// zlib's state points back to its stream: neither can move.
class Inflater {
  public:
    Inflater() {
        if (inflateInit2(&stream_, kGzip) != Z_OK) throw std::bad_alloc();
    }
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;
    ~Inflater() { inflateEnd(&stream_); }

    void reset(int kind) { inflateReset2(&stream_, kind); }

    MemberDecoder::Step decode(std::string_view input, std::span<char> room) {
        const uInt size = zlib_size(input.size());
        const uInt space = zlib_size(room.size());
        // zlib declares its input without const, and does not write there.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = size;
        stream_.next_out = reinterpret_cast<Bytef*>(room.data());
        stream_.avail_out = space;
        const int result = inflate(&stream_, Z_NO_FLUSH);
        return {size - stream_.avail_in, space - stream_.avail_out, to_state(result)};
    }

  private:
    z_stream stream_{};
};

class GzipDecoder : public MemberDecoder {
  public:
    std::size_t start_size() const override { return kMagic.size(); }
    bool can_start_with(std::string_view start) const override { return kMagic.starts_with(start); }
    bool repeats() const override { return true; }
    void begin(std::string_view) override { inflater_.reset(kGzip); }
    Step decode(std::string_view input, std::span<char> room) override {
        return inflater_.decode(input, room);
    }

  private:
    static constexpr std::string_view kMagic = "\x1f\x8b";

    Inflater inflater_;
};

bool is_zlib_header(std::string_view start) {
    const unsigned method = static_cast<unsigned char>(start[0]);
    const unsigned flags = static_cast<unsigned char>(start[1]);
    constexpr unsigned kDeflate = 8;
    constexpr unsigned kMaxWindow = 7;  // 32 KiB
    return (method & 0xfU) == kDeflate && (method >> 4U) <= kMaxWindow &&
           (method * 256 + flags) % 31 == 0;
}

class DeflateDecoder : public MemberDecoder {
  public:
    std::size_t start_size() const override { return 2; }
    bool can_start_with(std::string_view) const override { return true; }
    bool repeats() const override { return false; }
    void begin(std::string_view start) override {
        inflater_.reset(is_zlib_header(start) ? kZlib : kRaw);
    }
    Step decode(std::string_view input, std::span<char> room) override {
        return inflater_.decode(input, room);
    }

  private:
    Inflater inflater_;
};

}  // namespace

std::unique_ptr<MemberDecoder> make_gzip_decoder() {
    return std::make_unique<GzipDecoder>();
}

std::unique_ptr<MemberDecoder> make_deflate_decoder() {
    return std::make_unique<DeflateDecoder>();
}

}  // namespace httpprof::replay
