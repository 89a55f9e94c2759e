#include "format/verify/signature_check.h"

#include <algorithm>
#include <string>
#include <variant>

#include "format/signing.h"
#include "format/verify/problems.h"

namespace httpprof::format {
namespace {

bool is_of(const Signature& signature, const PublicKey& key) {
    return std::ranges::equal(signature.public_key, key.signing, [](char a, std::uint8_t b) {
        return static_cast<std::uint8_t>(a) == b;
    });
}

}  // namespace

void SignatureCheck::add(const Frame& frame) {
    if (has_type(frame, FrameType::end)) {
        end_ = frame.digest;
        end_number_ = frame.header.number;
    }
    if (const auto* signature = std::get_if<Signature>(&frame.content)) check(frame, *signature);
    // Any other frame there is damage already.
    else if (std::holds_alternative<UnknownFrame>(frame.content) &&
             verdict_.signature != SignatureState::none)
        add_problem(verdict_, frame, "it stands behind the signature, which does not cover it");
}

void SignatureCheck::check(const Frame& frame, const Signature& signature) {
    const auto wrong = [&](const char* what) {
        verdict_.signature = SignatureState::wrong;
        add_problem(verdict_, frame, what);
    };
    if (verdict_.signature != SignatureState::none) return wrong("a second signature");
    verdict_.signer = signature.public_key.substr(0, sizeof(PublicKey::signing));
    if (!end_ || frame.header.number != end_number_ + 1)
        return wrong("a signature that is not directly behind an intact End");
    if (!is_valid(signature, *end_)) return wrong("the signature is not valid");
    if (!signer_) {
        verdict_.signature = SignatureState::unknown_key;
        return;
    }
    if (!is_of(signature, *signer_)) return wrong("it is signed with another key");
    verdict_.signature = SignatureState::known_key;
}

void SignatureCheck::finish(const Frame& last) {
    if (signer_ && verdict_.signature == SignatureState::none)
        add_problem(verdict_, last, "the capture is not signed");
}

}  // namespace httpprof::format
