// Whether a capture is signed, and by whom.
#pragma once

#include <cstdint>
#include <optional>

#include "format/digest.h"
#include "format/frame.h"
#include "format/verify.h"

namespace httpprof::format {

class SignatureCheck {
  public:
    // `signer` is who must have signed it, if anyone must.
    SignatureCheck(Verdict& verdict, const std::optional<PublicKey>& signer)
        : verdict_(verdict), signer_(signer) {}

    // Every intact frame, in order.
    void add(const Frame& frame);

    // Behind the last frame, which is `last`.
    void finish(const Frame& last);

  private:
    void check(const Frame& frame, const Signature& signature);

    Verdict& verdict_;
    std::optional<PublicKey> signer_;
    std::optional<Digest> end_;
    std::uint64_t end_number_ = 0;
};

}  // namespace httpprof::format
