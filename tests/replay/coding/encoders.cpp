#include "tests/replay/coding/encoders.h"

#include <random>
#include <stdexcept>

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

namespace httpprof::test {
namespace {

constexpr int kRaw = -MAX_WBITS;
constexpr int kZlib = MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;

void require(bool holds) {
    if (!holds) throw std::logic_error("an encoder failed");
}

std::string deflated(std::string_view content, int kind, int level, gz_header* header = nullptr) {
    z_stream stream{};
    require(deflateInit2(&stream, level, Z_DEFLATED, kind, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    if (header != nullptr) require(deflateSetHeader(&stream, header) == Z_OK);
    std::string out(deflateBound(&stream, static_cast<uLong>(content.size())) + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string brotli_encoded(std::string_view content, int window_log, bool large_window) {
    BrotliEncoderState* const state = BrotliEncoderCreateInstance(nullptr, nullptr, nullptr);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, 5);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_LARGE_WINDOW, large_window ? 1 : 0);
    BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, static_cast<std::uint32_t>(window_log));
    std::string out(content.size() + content.size() / 8 + 1024, '\0');
    std::size_t left = content.size();
    std::size_t space = out.size();
    const auto* from = reinterpret_cast<const std::uint8_t*>(content.data());
    auto* to = reinterpret_cast<std::uint8_t*>(out.data());
    require(BrotliEncoderCompressStream(state, BROTLI_OPERATION_FINISH, &left, &from, &space, &to,
                                        nullptr) != 0);
    require(BrotliEncoderIsFinished(state) != 0);
    BrotliEncoderDestroyInstance(state);
    out.resize(out.size() - space);
    return out;
}

}  // namespace

std::string gzip(std::string_view content, int level) {
    return deflated(content, kGzip, level);
}

std::string gzip_with_all_fields(std::string_view content) {
    std::string extra(300, 'e');
    std::string name(200, 'n');
    std::string comment(400, 'c');
    gz_header header{};
    header.text = 1;
    header.time = 1;
    header.os = 3;
    header.extra = reinterpret_cast<Bytef*>(extra.data());
    header.extra_len = static_cast<uInt>(extra.size());
    header.name = reinterpret_cast<Bytef*>(name.data());
    header.comment = reinterpret_cast<Bytef*>(comment.data());
    header.hcrc = 1;
    std::string out = deflated(content, kGzip, 6, &header);
    require(out.size() > 900);
    return out;
}

std::string zlib(std::string_view content) {
    return deflated(content, kZlib, 6);
}

std::string raw_deflate(std::string_view content) {
    return deflated(content, kRaw, 6);
}

std::string brotli(std::string_view content, int window_log) {
    return brotli_encoded(content, window_log, false);
}

std::string brotli_with_large_window(std::string_view content) {
    return brotli_encoded(content, 26, true);
}

std::string zstd(std::string_view content, ZstdOptions options) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, options.checksum ? 1 : 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, options.window_log);
    std::string out(ZSTD_compressBound(content.size()) + 64, '\0');
    ZSTD_inBuffer input{content.data(), content.size(), 0};
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    // Ending with the first call, the library would know the size.
    require(ZSTD_isError(ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue)) == 0);
    require(ZSTD_compressStream2(context, &output, &input, ZSTD_e_end) == 0);
    ZSTD_freeCCtx(context);
    out.resize(output.pos);
    return out;
}

std::string zstd_of_known_size(std::string_view content) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    std::string out(ZSTD_compressBound(content.size()), '\0');
    const auto size =
        ZSTD_compress2(context, out.data(), out.size(), content.data(), content.size());
    require(ZSTD_isError(size) == 0);
    ZSTD_freeCCtx(context);
    out.resize(size);
    return out;
}

std::string skippable_frame(std::string_view content) {
    std::string frame = "\x5a\x2a\x4d\x18";
    for (unsigned shift = 0; shift < 32; shift += 8) {
        frame += static_cast<char>((content.size() >> shift) & 0xffU);
    }
    frame += content;
    return frame;
}

const std::vector<Encoder>& encoders() {
    static const std::vector<Encoder> all = {
        {"gzip", "gzip", [](auto content) { return gzip(content); }, true},
        {"gzip", "gzip_with_all_fields", gzip_with_all_fields, true},
        {"deflate", "zlib", zlib, true},
        {"deflate", "raw", raw_deflate, false},
        {"br", "br", [](auto content) { return brotli(content); }, false},
        {"zstd", "zstd", [](auto content) { return zstd(content); }, true},
        {"zstd", "zstd_of_known_size", zstd_of_known_size, true},
    };
    return all;
}

std::string some_text(std::size_t size) {
    std::mt19937 random(4711);  // NOLINT: the same in every run
    std::string text;
    while (text.size() < size) {
        text += "{\"id\": " + std::to_string(random()) + ", \"name\": \"item\"},\n";
    }
    text.resize(size);
    return text;
}

}  // namespace httpprof::test
