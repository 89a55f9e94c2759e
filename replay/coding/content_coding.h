// Undoing the content codings (RFC 9110, 8.4.1) and transfer codings (RFC 9112, 7.2) of a body.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace httpprof::replay {

struct DecodingLimits {
    std::uint64_t output_size = std::uint64_t{64} << 20U;  // bytes
    // How many times its own size a body may become, where that is more than `small_output` bytes.
    std::uint64_t ratio = 1000;
    std::uint64_t small_output = std::uint64_t{1} << 20U;
    std::size_t codings = 5;  // one around the other
};

enum class DecodingOutcome : std::uint8_t {
    decoded,    // all of it; checksums, where the coding has them, are right
    truncated,  // the body ends before the coded data does
    // A coding is unknown; or the data is damaged or not in that coding: all that could be decoded
    // before that was noticed is there, though a wrong checksum at its end makes it doubtful.
    not_decodable,
    limit_reached,  // more than the limits allow, or a zstd window of more than 8 MiB
};

struct DecodedBody {
    // Unless `decoded`, a prefix of the content, or nothing.
    std::string content;
    DecodingOutcome outcome = DecodingOutcome::decoded;
    // Behind the end of the coded data there is more, which is ignored.
    bool trailing_data = false;
    // Where in the body that begins. 0 when it is behind a coding that another one is around.
    std::size_t trailing_begin = 0;
};

// The codings that were applied to a body, first to last, by the values of all its Content-Encoding
// and Transfer-Encoding fields. A final "chunked", which framing undoes, and "identity", which
// is none (RFC 9110, 8.4), are left out. The result points into the values.
std::vector<std::string_view> applied_codings(std::span<const std::string_view> content_encoding,
                                              std::span<const std::string_view> transfer_encoding);

// Undoes `codings`, named in the order in which they were applied, case-insensitively. An empty
// body decodes to nothing. Memory stays within twice the limit on the output, and 32 MiB for each
// coding.
DecodedBody decode_body(std::string_view body, std::span<const std::string_view> codings,
                        const DecodingLimits& limits = {});

}  // namespace httpprof::replay
