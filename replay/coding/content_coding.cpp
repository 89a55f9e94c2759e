#include "replay/coding/content_coding.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "replay/coding/brotli_decoder.h"
#include "replay/coding/decoding_stage.h"
#include "replay/coding/member_decoder.h"
#include "replay/coding/whole_gzip.h"
#include "replay/coding/zlib_decoder.h"
#include "replay/coding/zstd_decoder.h"
#include "replay/message.h"
#include "replay/protocol/http1_head.h"

namespace httpprof::replay {
namespace {

struct Coding {
    std::string_view name;
    std::unique_ptr<MemberDecoder> (*make_decoder)();
    // Where there is one: faster, and gives nothing where it cannot tell the outcome.
    std::optional<std::string> (*decode_whole)(std::string_view body,
                                               std::uint64_t limit) = nullptr;
};

constexpr std::array<Coding, 5> kCodings = {{
    {"gzip", make_gzip_decoder, decode_whole_gzip},
    {"x-gzip", make_gzip_decoder, decode_whole_gzip},  // RFC 9110, 8.4.1.3
    {"deflate", make_deflate_decoder},
    {"br", make_brotli_decoder},
    {"zstd", make_zstd_decoder},
}};

const Coding* find_coding(std::string_view name) {
    const auto* found = std::find_if(
        kCodings.begin(), kCodings.end(),
        [name](const Coding& coding) { return equals_ignoring_case(name, coding.name); });
    return found == kCodings.end() ? nullptr : found;
}

// The codings to undo, last applied first.
using Plan = std::vector<const Coding*>;

// Gives the outcome where they cannot be undone.
std::optional<DecodingOutcome> plan_into(Plan& plan, std::span<const std::string_view> codings,
                                         const DecodingLimits& limits) {
    for (std::size_t i = codings.size(); i > 0; --i) {
        const std::string_view name = codings[i - 1];
        if (plan.size() == limits.codings) return DecodingOutcome::limit_reached;
        const Coding* const coding = find_coding(name);
        if (coding == nullptr) return DecodingOutcome::not_decodable;
        plan.push_back(coding);
    }
    return std::nullopt;
}

std::uint64_t output_limit(std::uint64_t body_size, const DecodingLimits& limits) {
    const bool overflows = limits.ratio > 0 && body_size > limits.output_size / limits.ratio;
    if (overflows) return limits.output_size;
    return std::min(limits.output_size, std::max(limits.small_output, body_size * limits.ratio));
}

class WholeBody : public PieceSource {
  public:
    explicit WholeBody(std::string_view body) : body_(body) {}
    std::string_view next() override { return std::exchange(body_, {}); }

  private:
    std::string_view body_;
};

class Chain {
  public:
    Chain(std::string_view body, const Plan& plan, std::uint64_t limit)
        : body_size_(body.size()), body_(body) {
        PieceSource* last = &body_;
        for (const Coding* coding : plan) {
            stages_.push_back(
                std::make_unique<DecodingStage>(*last, coding->make_decoder(), limit));
            last = stages_.back().get();
        }
        last_ = last;
    }

    DecodedBody run() {
        DecodedBody result;
        for (auto piece = last_->next(); !piece.empty(); piece = last_->next()) {
            result.content += piece;
        }
        for (const auto& stage : stages_) {
            // What goes wrong nearest to the wire is why the stages behind it lack input.
            if (result.outcome == DecodingOutcome::decoded) result.outcome = stage->outcome();
            result.trailing_data = result.trailing_data || stage->trailing_size() > 0;
        }
        if (!stages_.empty() && stages_[0]->trailing_size() > 0) {
            result.trailing_begin =
                body_size_ - static_cast<std::size_t>(stages_[0]->trailing_size());
        }
        return result;
    }

  private:
    std::size_t body_size_;
    WholeBody body_;
    std::vector<std::unique_ptr<DecodingStage>> stages_;
    PieceSource* last_ = nullptr;
};

void append_elements(std::string_view list, std::vector<std::string_view>& elements) {
    for_each_element(list, [&](std::string_view element) {
        if (!element.empty()) elements.push_back(element);
    });
}

}  // namespace

std::vector<std::string_view> applied_codings(std::span<const std::string_view> content_encoding,
                                              std::span<const std::string_view> transfer_encoding) {
    std::vector<std::string_view> codings;
    for (const auto value : content_encoding)
        append_elements(value, codings);
    const auto content_codings = codings.size();
    for (const auto value : transfer_encoding)
        append_elements(value, codings);
    if (codings.size() > content_codings && equals_ignoring_case(codings.back(), "chunked"))
        codings.pop_back();
    std::erase_if(codings, [](auto coding) { return equals_ignoring_case(coding, "identity"); });
    return codings;
}

DecodedBody decode_body(std::string_view body, std::span<const std::string_view> codings,
                        const DecodingLimits& limits) {
    Plan plan;
    if (const auto refused = plan_into(plan, codings, limits)) return {{}, *refused};
    const std::uint64_t limit = output_limit(body.size(), limits);
    if (plan.size() == 1 && plan[0]->decode_whole != nullptr) {
        if (auto content = plan[0]->decode_whole(body, limit)) {
            return {std::move(*content), DecodingOutcome::decoded};
        }
    }
    return Chain(body, plan, limit).run();
}

}  // namespace httpprof::replay
